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

  // A whole number in a field; what is no such number is not taken, and gives way to the last that was.
  function whole(parent, id, label, range, changed) {
    const around = labelled(parent, id, label);
    const row = element(around, "div", { class: "pl-row" });
    const input = element(row, "input", { type: "number", id, min: range[0], max: range[1], step: 1, inputmode: "numeric" });
    let now = range[0];
    input.addEventListener("input", () => {
      const value = Number(input.value);
      if (input.value === "" || !Number.isInteger(value) || value < range[0] || value > range[1]) return;
      now = value;
      changed(value);
    });
    input.addEventListener("change", () => { input.value = now; });
    return {
      box: around,
      row,
      show(value) {
        now = value;
        if (Number(input.value) !== value || input.value === "") input.value = value;
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
    let shown = [];
    fewer.addEventListener("click", () => changed(now.slice(0, -1)));
    more.addEventListener("click", () => changed([...now, now.at(-1) ?? 8]));
    return {
      box: around,
      show(value) {
        now = value;
        fewer.disabled = !value.length;
        more.disabled = value.length === control.deepest;
        while (shown.length > value.length) shown.pop().remove();
        while (shown.length < value.length) {
          const k = shown.length;
          const input = element(fields, "input", { type: "number", min: 1, max: control.widest, step: 1, inputmode: "numeric" });
          input.id = `${id}-${k + 1}`;
          input.setAttribute("aria-label", `width of hidden layer ${k + 1}`);
          input.addEventListener("input", () => {
            const n = Number(input.value);
            if (Number.isInteger(n) && n >= 1 && n <= control.widest) changed(now.with(k, n));
          });
          input.addEventListener("change", () => { input.value = now[k]; });
          shown.push(input);
        }
        shown.forEach((input, k) => {
          if (Number(input.value) !== value[k] || input.value === "") input.value = value[k];
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
