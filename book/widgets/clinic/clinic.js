// The clinic: a patient of the zoo, its curve and its program; in live mode checks, an editor, and when it is healed.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, progress } = widgets;
  const SVG = "http://www.w3.org/2000/svg";
  const KIND = "clinic";
  const MODULE = "experiments.clinic";
  const BOX = { x: 34, y: 28, w: 436, h: 170 };
  const NO_LIVE = "This copy of the book was built without Python.";
  const NOTEBOOK = "In a notebook, run the program in a cell, and then experiments.zoo.examine(kit).";
  const PAUSE = 400; // ms after the last key before a program is kept
  const PRINTED = 4000; // letters that are shown of what a program prints
  const WORDS = { fits: "✓\u00a0fits", skipped: "cannot be asked", seen: "✗\u00a0" };

  function draw(parent, tag, attributes, text = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    parent.append(node);
    return node;
  }

  // The axes, with room for two curves: show(admitted, edited) draws them, and tells of them.
  function buildChart(parent, epochs) {
    const { MOST, points, said } = widgets.clinic.pure;
    const svg = draw(parent, "svg", { viewBox: "0 0 480 236", role: "img" });
    draw(svg, "text", { x: BOX.x, y: 14 }, "loss, over that of the first epoch");
    for (const share of [0, 0.5, 1, 1.5]) {
      const y = BOX.y + BOX.h * (1 - share / MOST);
      draw(svg, "line", { class: share === 1 ? "one" : "grid", x1: BOX.x, x2: BOX.x + BOX.w, y1: y, y2: y });
      draw(svg, "text", { x: BOX.x - 5, y: y + 4, "text-anchor": "end" }, String(share));
    }
    for (const epoch of [1, 10, 20, 30, epochs]) {
      const x = BOX.x + (BOX.w * (epoch - 1)) / (epochs - 1);
      draw(svg, "text", { x, y: BOX.y + BOX.h + 16, "text-anchor": "middle" }, String(epoch));
    }
    draw(svg, "text", { x: BOX.x + BOX.w / 2, y: 230, "text-anchor": "middle" }, "epoch");
    const before = draw(svg, "polyline", { class: "before" });
    const after = draw(svg, "polyline", { class: "after" });
    const legend = element(parent, "p", { class: "legend" });
    return (admitted, edited) => {
      before.setAttribute("points", points(admitted.loss, epochs, BOX));
      after.setAttribute("points", edited ? points(edited.loss, epochs, BOX) : "");
      const texts = [`As admitted (solid): ${said(admitted, epochs)}.`];
      if (edited) texts.push(`Your program (dashed): ${said(edited, epochs)}.`);
      legend.replaceChildren(...texts.map((text) => element(null, "span", {}, text)));
      svg.setAttribute("aria-label", `The loss over that of the first epoch, epoch by epoch. ${texts.join(" ")}`);
    };
  }

  // The checks, each with a button; tell(name, verdict) writes what one found, or with undefined that it was not run.
  function buildChecks(parent, checks, run) {
    const { kindOf } = widgets.clinic.pure;
    const list = element(parent, "ul", { class: "checks", "aria-label": "checks" });
    const rows = new Map(
      checks.map(({ name, asks }) => {
        const row = element(list, "li");
        const button = element(row, "button", { type: "button", "aria-label": `Run the check: ${name}` }, "Run");
        const words = element(row, "div");
        element(words, "strong", {}, name);
        element(words, "span", {}, ` ${asks} `);
        const verdict = element(words, "span", { class: "verdict" });
        button.addEventListener("click", () => run([name]));
        return [name, { row, button, verdict }];
      }),
    );
    return {
      buttons: [...rows.values()].map(({ button }) => button),
      tell(name, found) {
        const { row, verdict } = rows.get(name);
        if (found === undefined) delete row.dataset.found;
        else row.dataset.found = kindOf(found);
        verdict.textContent = found === undefined ? "" : `${WORDS[kindOf(found)]}${kindOf(found) === "seen" ? found : ""}`;
      },
    };
  }

  function mount(root, spec, host = {}) {
    const { pure } = widgets.clinic;
    const { live } = widgets;
    const id = root.id || "clinic";
    const count = spec.patients.length;
    const verdicts = new Map(); // of the program as it stands
    let [number, stranger, edited, busy, over] = [0, null, null, null, false];
    let editor = null;
    let former = null; // the program that a reset has put aside
    let timer = 0;

    // ---- elements

    const head = element(root, "div", { class: "bar" });
    element(head, "label", { for: `${id}-patient` }, "Patient");
    const chooser = element(head, "select", { id: `${id}-patient` });
    const options = spec.patients.map((_, k) => element(chooser, "option", { value: k + 1 }));
    element(head, "span", {}, `of ${count}`);
    const another = element(head, "button", { type: "button" }, "Another, at random");
    const giveUp = element(head, "button", { type: "button" }, "Give up");
    const show = buildChart(element(root, "div", { class: "chart" }), spec.epochs);

    const bar = element(root, "div", { class: "bar" });
    const start = element(bar, "button", { type: "button", class: "nnlib-live" }, "Start Python");
    if (live?.bytes) start.textContent += ` (loads ${(live.bytes / 1e6).toFixed(1)} MB)`;
    const all = element(bar, "button", { type: "button" }, "Run all checks");
    const train = element(bar, "button", { type: "button" }, "Train");
    const reset = element(bar, "button", { type: "button" }, "Reset the program");
    const stop = element(bar, "button", { type: "button" }, "Stop");
    const status = element(root, "p", { class: "status", role: "status" });
    const error = element(root, "pre", { class: "error", role: "alert", hidden: "" });
    const printed = element(root, "pre", { class: "printed", tabindex: 0, role: "region", "aria-label": "what it prints", hidden: "" });
    const outcome = element(root, "div", { class: "outcome", hidden: "", tabindex: -1 });
    const box = element(root, "div", { class: "program" });
    const plain = element(box, "pre", { tabindex: 0, role: "region", "aria-label": "the patient’s program" });
    const checks = buildChecks(root, spec.checks, (names) => examine(names));

    // ---- what is shown

    const original = () => pure.program(spec, number);
    const code = () => (editor ? editor.text : plain.textContent);
    const why = () => (host.notebook ? NOTEBOOK : live ? live.why() : NO_LIVE);

    function enable() {
      const problem = why();
      const state = busy ? "busy" : problem ? "closed" : live.state;
      root.dataset.state = over ? "over" : state;
      start.hidden = state !== "off";
      stop.hidden = state !== "busy" && state !== "loading";
      stop.textContent = state === "loading" ? "Cancel" : "Stop";
      // While something runs they stay, so that the focus does.
      for (const button of [all, train, reset, ...checks.buttons]) {
        button.hidden = !editor || !["ready", "busy"].includes(state);
        button.setAttribute("aria-disabled", String(state === "busy"));
      }
      giveUp.disabled = over;
      root.toggleAttribute("aria-busy", state === "busy");
      if (problem) status.textContent = `${problem} The curve and the program of each patient can be read without it.`;
    }

    // ---- what is kept in the browser

    const records = () => progress.all()[KIND] ?? {};
    const recordOf = (k, from = records()) => from[`${KIND}/${k}`] ?? {};

    function keep(healed = recordOf(number).healed === true) {
      clearTimeout(timer);
      timer = 0;
      progress.set(KIND, `${KIND}/${number}`, pure.record(code(), original(), healed));
    }

    function list() {
      const from = records();
      for (const option of options) {
        const { healed, text } = recordOf(option.value, from);
        option.textContent = `${option.value}${healed === true ? " (healed)" : typeof text === "string" ? " (begun)" : ""}`;
      }
    }

    // ---- a patient

    function forget() {
      verdicts.clear();
      stranger = null;
      for (const { name } of spec.checks) checks.tell(name);
      editor?.markLine(null);
    }

    function fail(problem) {
      error.textContent = problem.traceback ? `${problem.traceback}${problem.message}` : problem.message;
      error.hidden = false;
      editor?.markLine(problem.line ?? null);
    }

    function admit(next, linked = true) {
      if (busy) live.stop();
      if (timer) keep();
      if (next !== number) putAside(null);
      number = next;
      [edited, over] = [null, false];
      chooser.value = String(number);
      const { text } = recordOf(number);
      const isMine = typeof text === "string";
      plain.textContent = isMine ? text : original();
      if (editor) editor.text = plain.textContent;
      forget();
      error.hidden = true;
      print("");
      outcome.hidden = true;
      outcome.textContent = "";
      status.textContent = isMine ? "Your program, as you left it." : "";
      show(spec.patients[number - 1], null);
      if (linked && host.linked) history.replaceState(history.state, "", `#${id}?patient=${number}`);
      enable();
    }

    // What the patient had; the lines that differ, right ones with +.
    function reveal(healed) {
      over = true;
      status.textContent = "";
      const { was } = spec.patients[number - 1];
      outcome.textContent = "";
      outcome.dataset.healed = String(healed);
      element(outcome, "p", { class: "verdict" }, healed ? "Healed: every check fits." : "Not healed this time.");
      element(outcome, "p", {}, `It was number ${number} of the zoo, “${was.name}”. ${was.says}`);
      element(outcome, "p", {}, "From its program to that of its family:");
      const diff = element(outcome, "pre", { tabindex: 0, role: "region", "aria-label": "the lines that differ" });
      for (const line of was.changes) {
        const kind = { "+": "right", "-": "wrong" }[line[0]] ?? "same";
        element(diff, "span", { class: kind }, `${line}\n`);
      }
      outcome.hidden = false;
      outcome.focus();
      enable();
    }

    // ---- Python

    async function begin() {
      error.hidden = true;
      status.textContent = "Python is loading …";
      try {
        const loading = live.start({
          progress: (loaded, total) => {
            status.textContent = `Python is loading: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
          },
        });
        enable();
        stop.focus();
        await loading;
        editor ??= await openEditor();
        status.textContent = "Change the program, and run the checks. Ctrl-Enter in the program runs all of them.";
        enable();
        editor.focus();
      } catch (problem) {
        status.textContent = "";
        if (problem.name !== "AbortError") fail(problem);
        enable();
        start.focus();
      }
    }

    async function openEditor() {
      const opened = await widgets.editor.open(box, {
        text: code(),
        label: "the patient’s program",
        onRun: () => examine(),
        onChange: changed,
      });
      plain.hidden = true;
      return opened;
    }

    function putAside(text) {
      former = text;
      reset.textContent = former === null ? "Reset the program" : "Undo the reset";
    }

    function changed() {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
      putAside(null);
      if (verdicts.size || stranger !== null) status.textContent = "Changed since the checks were run.";
      forget();
    }

    // One run at a time; Stop ends Python, which has to be started anew.
    async function run(name, kwargs) {
      if (busy || !live || live.state !== "ready") return false;
      busy = name;
      error.hidden = true;
      print("");
      editor.markLine(null);
      status.textContent = name === "train" ? "Training …" : "Checking …";
      enable();
      const before = code();
      try {
        await live.call(`${MODULE}:${name}`, kwargs, {
          show: (value) => { if (before === code()) hear(value); },
          print: (text) => print(printed.textContent + text),
        });
        return before === code();
      } catch (problem) {
        if (problem.name === "AbortError") status.textContent = "Stopped. Start Python again to go on.";
        else {
          status.textContent = "";
          fail(problem);
        }
        return false;
      } finally {
        const lost = document.activeElement === stop;
        busy = null;
        enable();
        if (lost) (start.hidden ? all : start).focus();
      }
    }

    function print(text) {
      printed.textContent = text.length > PRINTED ? `…\n${text.slice(-PRINTED)}` : text;
      printed.hidden = text === "";
    }

    function hear(value) {
      if ("stranger" in value) {
        stranger = value.stranger;
      } else if ("curve" in value) {
        edited = value.curve;
        show(spec.patients[number - 1], edited);
      } else {
        verdicts.set(value.check, value.verdict);
        checks.tell(value.check, value.verdict);
        if (typeof value.line === "number") editor.markLine(value.line); // Python’s None comes as undefined
        status.textContent = `${verdicts.size} of ${spec.checks.length} checks have been run.`;
      }
    }

    async function examine(names = spec.checks.map(({ name }) => name)) {
      if (!(await run("examine", { number, code: code(), names }))) return;
      const seen = [...verdicts.values()].filter((verdict) => pure.kindOf(verdict) === "seen").length;
      const left = spec.checks.length - verdicts.size;
      if (pure.isHealed(spec.checks, verdicts, stranger)) {
        keep(true);
        reveal(true);
      } else if (stranger) {
        status.textContent = `This is another network than the patient: ${stranger}. Mend its own parts.`;
      } else {
        status.textContent = `${seen} of ${verdicts.size} checks complain${left ? `; ${left} are left` : ""}.`;
      }
    }

    // ---- what the reader does

    function done() {
      const from = records();
      return new Set(options.map(({ value }) => Number(value)).filter((k) => recordOf(k, from).healed === true));
    }

    chooser.addEventListener("change", () => admit(Number(chooser.value)));
    another.addEventListener("click", () => {
      admit(pure.drawn(count, done(), number, Math.random()));
      status.textContent = `Patient ${number}.`;
    });
    giveUp.addEventListener("click", () => reveal(false));
    start.addEventListener("click", begin);
    stop.addEventListener("click", () => (live.state === "loading" ? live.cancel() : live.stop()));
    all.addEventListener("click", () => examine());
    train.addEventListener("click", async () => {
      if (await run("train", { code: code() })) status.textContent = "Trained.";
    });
    reset.addEventListener("click", () => {
      if (busy) return;
      const back = former;
      putAside(back === null && editor.text !== original() ? editor.text : null);
      editor.text = back ?? original();
      keep();
      admit(number, false);
      status.textContent = back === null ? "The program is as it was admitted." : "Your program is back.";
    });
    addEventListener("pagehide", () => {
      if (timer) keep();
    });
    addEventListener("hashchange", () => {
      const wanted = host.linked ? pure.patientOf(location.hash, id, count) : 0;
      if (wanted && wanted !== number) admit(wanted);
    });
    document.addEventListener("nnlib-live", enable);
    document.addEventListener("nnlib-progress", list);

    const asked = host.linked ? pure.patientOf(location.hash, id, count) : 0;
    list();
    admit(asked || pure.begun(records(), count) || pure.drawn(count, done(), 0, Math.random()), false);
  }

  function render({ model, el }) {
    mount(element(el, "div", { class: "nnlib-clinic", id: model.get("spec").id }), model.get("spec"), { notebook: true });
  }

  widgets.define(KIND, { mount, render });
})();
