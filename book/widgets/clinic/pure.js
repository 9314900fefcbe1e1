// What the clinic works out without a page: programs, curves, the address, and when a patient is healed.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const MOST = 1.7; // times the first loss, which is the top of the picture
  const SKIPPED = "–"; // the zoo's verdict where a check cannot be asked

  const program = (spec, number) => spec.patients[number - 1].code.map((k) => spec.texts[k]).join("\n\n\n");

  // The patient that an address names, "#clinic?patient=7"; 0: none that there is.
  function patientOf(hash, id, count) {
    const [name, query] = hash.replace(/^#/, "").split("?");
    const text = name === id && query ? new URLSearchParams(query).get("patient") : null;
    const number = /^\d{1,4}$/.test(text ?? "") ? Number(text) : 0;
    return number >= 1 && number <= count ? number : 0;
  }

  // One of the patients that are not among `done`, by a number between 0 and 1; when all are, any but `now`.
  function drawn(count, done, now, random) {
    const all = Array.from({ length: count }, (_, k) => k + 1).filter((number) => number !== now);
    const left = all.filter((number) => !done.has(number));
    const from = left.length ? left : all;
    return from[Math.floor(random * from.length)];
  }

  // A curve's corners in a picture, as text for a polyline: losses over the first of them.
  function points(loss, epochs, box) {
    const place = (value, k) => {
      const x = box.x + (box.w * k) / Math.max(epochs - 1, 1);
      const y = box.y + box.h * (1 - Math.min(value / loss[0], MOST) / MOST);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    };
    return loss.map(place).join(" ");
  }

  // What a training printed, in words; while it runs there is no accuracy yet.
  function said({ loss, stopped, accuracy }, epochs) {
    const digits = (value) => `${Number(value.toPrecision(3))}`;
    const fall = loss.length > 1 ? `loss ${digits(loss[0])} after the first epoch, ${digits(loss.at(-1))} after ` : "";
    const score = typeof accuracy === "number" ? `; accuracy on fresh moons ${Math.round(100 * accuracy)}\u00a0%` : "";
    const end = stopped ? `; stops: ${stopped}` : score;
    if (!loss.length) return `no loss was a number${end}`;
    return `${fall || `loss ${digits(loss[0])} after `}${loss.length === epochs ? `${epochs} epochs` : `epoch ${loss.length}`}${end}`;
  }

  // "fits", "cannot be asked", or the complaint.
  const kindOf = (verdict) => (verdict === "" ? "fits" : verdict === SKIPPED ? "skipped" : "seen");

  // Whether all checks have been run on one program, and none complains.
  const isHealed = (checks, verdicts, stranger) =>
    stranger === "" && checks.every(({ name }) => verdicts.has(name) && kindOf(verdicts.get(name)) !== "seen");

  // What is kept of a patient: its program, where the reader has changed it, and whether it was healed. undefined: nothing.
  function record(text, original, healed) {
    const same = text.trimEnd() === original.trimEnd();
    if (same && !healed) return undefined;
    return { ...(healed ? { healed: true } : {}), ...(same ? {} : { text }) };
  }

  // The patient whose program was changed, and who is not healed: the last one begun; 0: none.
  function begun(records, count) {
    const open = Object.entries(records).filter(([, value]) => typeof value?.text === "string" && value.healed !== true);
    const numbers = open.map(([name]) => Number(name.split("/").at(-1))).filter((k) => k >= 1 && k <= count);
    return numbers.at(-1) ?? 0;
  }

  widgets.clinic = { ...widgets.clinic, pure: { MOST, program, patientOf, drawn, points, said, kindOf, isHealed, record, begun } };
})();
