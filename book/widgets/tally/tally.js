// The panel of what a reader has done: counts for each page, and a button that forgets all of it.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, progress } = widgets;

  function mount(root, spec) {
    const { rows, healed } = widgets.tally.pure;
    const box = element(root, "div", { class: "rows" });
    const clinic = element(root, "p", { class: "clinic" });
    const status = element(root, "p", { role: "status" });
    const foot = element(root, "div", { class: "foot" });
    const clear = element(foot, "button", { type: "button" }, "Clear");
    const sure = element(foot, "div", { class: "sure", role: "group", "aria-label": "clear all of it?", hidden: "" });
    element(sure, "span", {}, "All guesses, answers and programs, for good?");
    const yes = element(sure, "button", { type: "button" }, "Yes, clear");
    const no = element(sure, "button", { type: "button" }, "No, keep");

    function show() {
      const all = progress.all();
      box.textContent = "";
      const table = element(box, "table");
      const head = element(element(table, "thead"), "tr");
      for (const name of ["page", "guesses", "right", "exercises"]) element(head, "th", { scope: "col" }, name);
      const body = element(table, "tbody");
      for (const row of rows(spec.pages, all)) {
        const line = element(body, "tr");
        element(element(line, "th", { scope: "row" }), "a", { href: row.path }, row.title);
        for (const text of [`${row.guesses} of ${row.asked}`, row.right, `${row.solved} of ${row.exercises}`]) element(line, "td", {}, text);
      }
      clinic.textContent = `Patients healed in the clinic: ${healed(all)}.`;
      const empty = Object.values(all).every((values) => Object.keys(values).length === 0);
      clear.disabled = empty;
      if (!progress.lasts()) status.textContent = "This browser keeps nothing: it lasts as long as this page.";
      else if (!empty) status.textContent = "";
    }

    function ask(asking) {
      sure.hidden = !asking;
      clear.hidden = asking;
    }

    clear.addEventListener("click", () => {
      ask(true);
      no.focus();
    });
    no.addEventListener("click", () => {
      ask(false);
      clear.focus();
    });
    yes.addEventListener("click", () => {
      progress.clear();
      ask(false);
      status.textContent = "Cleared.";
      status.tabIndex = -1;
      status.focus();
    });
    document.addEventListener("nnlib-progress", show);
    show();
  }

  widgets.define("tally", { mount });
})();
