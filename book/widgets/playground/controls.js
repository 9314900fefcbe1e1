// The playground's controls: each is built from what settings.py says of it, and has show(value).
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element } = widgets;

  function labelled(parent, id, text) {
    const box = element(parent, "div", { class: "pl-control" });
    element(box, "label", { for: id }, text);
    return box;
  }

  function list(parent, id, control, changed) {
    const box = labelled(parent, id, control.label);
    const select = element(box, "select", { id });
    control.values.forEach((value, k) => element(select, "option", { value }, control.labels[k]));
    select.addEventListener("change", () => changed(select.value));
    return {
      box,
      show(value) { select.value = value; },
      enable(on) { select.disabled = !on; },
    };
  }

  function slider(parent, id, control, changed) {
    const box = labelled(parent, id, "");
    const label = box.firstChild;
    const input = element(box, "input", { type: "range", id, min: 0, max: control.values.length - 1, step: 1 });
    const tell = (text) => {
      label.replaceChildren(`${control.label} `);
      element(label, "b", {}, text);
      input.setAttribute("aria-valuetext", text);
    };
    input.setAttribute("aria-label", control.label);
    input.addEventListener("input", () => {
      tell(control.labels[input.value]);
      changed(control.values[input.value]);
    });
    return {
      box,
      show(value) {
        const k = control.values.indexOf(value);
        input.value = k;
        tell(control.labels[k]);
      },
      enable(on) { input.disabled = !on; },
    };
  }

  function tick(parent, id, control, changed) {
    const around = element(parent, "div", { class: "pl-control pl-flag" });
    const input = element(around, "input", { type: "checkbox", id });
    element(around, "label", { for: id }, control.label);
    input.addEventListener("change", () => changed(input.checked));
    return { box: around, show(value) { input.checked = value; } };
  }

  // Shows a number in a field, but not in the place of what a reader is being told about.
  function put(input, value) {
    if (input.getAttribute("aria-invalid") === "true") return;
    if (Number(input.value) !== value || input.value === "") input.value = value;
  }

  // Takes whole numbers from a field. What is none is not taken, nor the numbers on the way to it, as the 2 of 2.5: a note
  // says what would be, and when the reader leaves the field, the number that was there before stands there again. A field
  // that is empty may be on the way to a number.
  function takeWhole(input, parent, range, last, changed) {
    const note = element(parent, "p", { class: "pl-note", id: `${input.id}-note`, role: "alert", hidden: "" });
    let before = range[0];
    const isNumber = () => widgets.playground.pure.wholeOf(input.value, range) !== undefined;
    function tell(wrong) {
      input.setAttribute("aria-invalid", String(wrong));
      if (wrong && last() !== before) changed(before);
      note.hidden = !wrong;
      note.textContent = wrong ? `A whole number from ${range[0]} to ${range[1]}, please. It stays ${last()}.` : "";
      if (wrong) input.setAttribute("aria-describedby", note.id);
      else input.removeAttribute("aria-describedby");
    }
    input.addEventListener("focus", () => { before = last(); });
    input.addEventListener("input", () => {
      if (input.value === "" && !input.validity.badInput) return;
      tell(!isNumber());
      if (isNumber()) changed(Number(input.value));
    });
    input.addEventListener("change", () => {
      tell(!isNumber());
      input.setAttribute("aria-invalid", "false");
      input.value = last();
      before = last();
    });
    return note;
  }

  function whole(parent, id, label, range, changed) {
    const around = labelled(parent, id, label);
    const row = element(around, "div", { class: "pl-row" });
    const input = element(row, "input", { type: "number", id, min: range[0], max: range[1], step: 1, inputmode: "numeric" });
    let now = range[0];
    takeWhole(input, around, range, () => now, (value) => {
      now = value;
      changed(value);
    });
    return {
      box: around,
      row,
      show(value) {
        now = value;
        put(input, value);
      },
    };
  }

  function seed(parent, id, control, changed) {
    const field = whole(parent, id, control.label, [0, control.last], changed);
    const next = element(field.row, "button", { type: "button" }, "Another");
    next.setAttribute("aria-label", `another ${control.label}`);
    let now = 0;
    next.addEventListener("click", () => changed((now + 1) % (control.last + 1)));
    return {
      box: field.box,
      show(value) {
        now = value;
        field.show(value);
      },
    };
  }

  // A field for each hidden layer's width, and two buttons.
  function widths(parent, id, control, changed) {
    const around = element(parent, "fieldset", { class: "pl-control pl-widths" });
    element(around, "legend", {}, control.label);
    const row = element(around, "div", { class: "pl-row" });
    const fewer = element(row, "button", { type: "button", "aria-label": "remove a layer" }, "−");
    const fields = element(row, "div", { class: "pl-row" });
    const more = element(row, "button", { type: "button", "aria-label": "add a layer" }, "+");
    let now = [];
    const notes = element(around, "div");
    const shown = [];
    fewer.addEventListener("click", () => changed(now.slice(0, -1)));
    more.addEventListener("click", () => changed([...now, now.at(-1) ?? 8]));
    return {
      box: around,
      show(value) {
        now = value;
        fewer.disabled = !value.length;
        more.disabled = value.length === control.deepest;
        while (shown.length > value.length) for (const node of shown.pop()) node.remove();
        while (shown.length < value.length) {
          const k = shown.length;
          const input = element(fields, "input", { type: "number", min: 1, max: control.widest, step: 1, inputmode: "numeric" });
          input.id = `${id}-${k + 1}`;
          input.setAttribute("aria-label", `width of hidden layer ${k + 1}`);
          const note = takeWhole(input, notes, [1, control.widest], () => now[k], (n) => changed(now.with(k, n)));
          shown.push([input, note]);
        }
        shown.forEach(([input], k) => {
          put(input, value[k]);
        });
      },
    };
  }

  const KINDS = {
    names: list, numbers: slider, flag: tick, whole: seed, widths,
  };

  // The control that `control` describes, which calls changed(value).
  const build = (parent, id, control, changed) => KINDS[control.kind](parent, id, control, changed);

  widgets.playground = { ...widgets.playground, controls: { build } };
})();
