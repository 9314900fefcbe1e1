// A prediction that can be locked in: a number on a scale, or one of a few names; and, once the reader has tried what
// stands below or opened the answer, how far off it was. Where no script runs, the question stands alone.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, progress } = widgets;
  const KIND = "guess";
  const MOVES = ".nnlib-explorer, .nnlib-stepper, .nnlib-pad";
  const FOLDED = ".admonition.dropdown";
  // What changes nothing in the figure, or only how it is shown: some of its buttons, and the code while it is written.
  const ASIDE = ".nnlib-live, .nx-bar [aria-expanded], .nx-entry, .nx-foot button, .nnlib-editor";

  const follows = (node, other) => Boolean(node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

  // What answers a question: the figures between it and the next one, and the first answer behind it.
  function replies(root) {
    const behind = (selector) => [...document.querySelectorAll(selector)].filter((other) => follows(root, other));
    const box = root.closest(".admonition");
    const next = behind(`.nnlib-guess, ${FOLDED}`).find((other) => !box?.contains(other));
    const answer = next?.matches(FOLDED) ? next : null;
    return { figures: behind(MOVES).filter((figure) => !next || follows(figure, next)), answer };
  }

  function buildChoices(parent, id, spec, chosen) {
    const box = element(parent, "fieldset");
    element(box, "legend", {}, spec.label);
    const row = element(box, "div", { class: "choices" });
    const inputs = spec.labels.map((text, k) => {
      const label = element(row, "label");
      const input = element(label, "input", { type: "radio", name: id, value: k });
      element(label, "span", {}, text);
      input.addEventListener("change", chosen);
      return input;
    });
    return {
      box,
      get place() {
        return inputs.findIndex((input) => input.checked);
      },
      set place(place) {
        inputs.forEach((input, k) => { input.checked = k === place; });
      },
      focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
    };
  }

  // Its handle stands in the middle, which is no guess before the reader has touched it.
  function buildScale(parent, id, spec, chosen) {
    const box = element(parent, "div", { class: "scale" });
    const head = element(box, "div", { class: "head" });
    element(head, "label", { for: `${id}-scale` }, spec.label);
    const shown = element(head, "span", { class: "said", "aria-hidden": "true" });
    const last = spec.labels.length - 1;
    const input = element(box, "input", { type: "range", id: `${id}-scale`, min: 0, max: last, step: 1 });
    const ends = element(box, "div", { class: "ends", "aria-hidden": "true" });
    for (const text of [spec.labels[0], spec.labels[last]]) element(ends, "span", {}, text);
    let touched = false;
    const tell = () => {
      const text = touched ? spec.labels[input.value] : "no guess yet";
      shown.textContent = touched ? text : "?";
      input.setAttribute("aria-valuetext", text);
    };
    const touch = () => {
      touched = true;
      tell();
      chosen();
    };
    for (const name of ["input", "click"]) input.addEventListener(name, touch);
    return {
      box,
      get place() {
        return touched ? Number(input.value) : -1;
      },
      set place(place) {
        touched = place >= 0;
        input.value = touched ? place : Math.round(last / 2);
        tell();
      },
      focus: () => input.focus(),
    };
  }

  function mount(root, spec) {
    const { verdict } = widgets.guess.pure;
    const { figures, answer } = replies(root);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "your guess");

    const form = element(root, "div", { class: "form" });
    const lock = element(null, "button", { type: "button" }, "Lock in");
    const chosen = () => { lock.disabled = input.place < 0; };
    const input = (spec.values ? buildScale : buildChoices)(form, root.id, spec, chosen);
    form.append(lock);
    const told = element(root, "p", { class: "told", role: "status" });
    const change = element(root, "button", { type: "button" }, "Change");
    const repeated = element(null, "p", { class: "nnlib-guess-told" }); // in the answer, once it is told

    // A guess on another scale than the page has now is none.
    const kept = () => {
      const found = progress.get(KIND, spec.id);
      const place = found ? spec.labels.indexOf(found.said) : -1;
      return place < 0 ? null : { place, told: found.told === true };
    };

    function show() {
      const now = kept();
      root.dataset.state = now ? (now.told ? "told" : "locked") : "open";
      form.hidden = Boolean(now);
      change.hidden = root.dataset.state !== "locked";
      let text = "";
      if (now) {
        const said = `Your guess${now.told ? `, ${spec.label}` : ""}: ${spec.labels[now.place]}.`;
        text = `${said} ${now.told ? verdict(spec, now.place).text : "Now try it below, or open the answer."}`;
      }
      if (told.textContent !== text) told.textContent = text;
      repeated.textContent = text;
      if (now?.told) answer?.querySelector(":scope > .admonition-title")?.after(repeated);
      else repeated.remove();
      input.place = now ? now.place : -1;
      chosen();
    }

    function keep(place, isTold) {
      const more = isTold ? { right: verdict(spec, place).right } : {};
      progress.set(KIND, spec.id, { said: spec.labels[place], told: isTold, ...more });
    }

    // Only what the reader does counts, not a page that is printed with its answers open.
    function tell() {
      const now = kept();
      if (now && !now.told) keep(now.place, true);
    }

    lock.addEventListener("click", () => {
      keep(input.place, false);
      change.focus();
    });
    change.addEventListener("click", () => {
      const { place } = kept();
      progress.set(KIND, spec.id, undefined);
      input.place = place;
      chosen();
      input.focus();
    });
    for (const figure of figures) {
      figure.addEventListener("input", ({ target }) => {
        if (!target.closest(ASIDE)) tell();
      });
      for (const name of ["click", "keyup"]) {
        figure.addEventListener(name, ({ key, target }) => {
          const does = key === undefined ? "button, [role='grid']" : "[role='grid']";
          if (key !== "Tab" && target.closest(does) && !target.closest(ASIDE)) tell();
        });
      }
    }
    answer?.addEventListener("click", () => {
      requestAnimationFrame(() => { if (!answer.classList.contains("toggle-hidden")) tell(); });
    });
    // show() puts the scale back to the middle: only a guess that was kept or forgotten needs that.
    let before = JSON.stringify(kept());
    document.addEventListener("nnlib-progress", () => {
      const now = JSON.stringify(kept());
      if (now !== before) show();
      before = now;
    });
    show();
  }

  widgets.define(KIND, { mount });
})();
