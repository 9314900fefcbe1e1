// An exercise to answer in the page: the editor with the starter, the check, hints one by one. The cell above holds the
// starter for readers whose page cannot run Python; once the editor is open, it stands in that cell's place.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, claimId, define } = widgets;
  const KIND = "exercise";
  const CHECK = "exercises.answers:check";
  const NO_LIVE = "This copy of the book was built without Python.";
  const ELSEWHERE = "To check an answer, run this cell in the page’s notebook, which the download button at the top holds.";
  const PAUSE = 400; // ms after the last key before an answer is kept

  function write(parent, text) {
    for (const [isCode, part] of widgets.exercise.pure.parts(text)) {
      element(parent, isCode ? "code" : "span", {}, part);
    }
  }

  const button = (parent, name, text) => element(parent, "button", { type: "button", class: name }, text);

  // A button that shows the next hint, and those shown so far.
  function buildHints(controls, place, hints) {
    const more = button(controls, "hint", "");
    const list = element(place, "ol", { class: "hints", "aria-label": "hints", "aria-live": "polite", hidden: "" });
    let shown = 0;
    function name() {
      more.textContent = shown === 0 ? "Hint" : `Hint ${shown + 1} of ${hints.length}`;
      more.hidden = shown === hints.length;
    }
    more.addEventListener("click", () => {
      list.hidden = false;
      const item = element(list, "li", { tabindex: "-1" });
      write(item, hints[shown]);
      shown += 1;
      name();
      if (more.hidden) item.focus(); // the button has gone from under the finger
    });
    name();
  }

  function buildResult(place) {
    const said = element(place, "p", { class: "verdict", role: "status" });
    const printed = element(place, "pre", { class: "printed", "aria-label": "what your code prints", hidden: "" });
    let text = "";
    let waits = false;
    // Once a frame, however often a program prints.
    function show() {
      waits = false;
      printed.textContent = widgets.exercise.pure.tail(text);
      printed.hidden = text === "";
      // Where it is too long for its place, the keyboard must be able to scroll it.
      if (printed.scrollHeight > printed.clientHeight) printed.tabIndex = 0;
      else printed.removeAttribute("tabindex");
    }
    return {
      say(message, state = "") {
        said.textContent = "";
        write(said, message);
        said.dataset.state = state;
      },
      print(more) {
        text = more === null ? "" : widgets.exercise.pure.tail(text + more);
        if (waits) return;
        waits = true;
        requestAnimationFrame(show);
      },
    };
  }

  function mount(root, spec) {
    const { pageName, record } = widgets.exercise.pure;
    const { live, progress } = widgets;
    const id = `${pageName(location.pathname)}/${spec.label}`;
    const kept = () => progress?.get(KIND, id) ?? {};
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "your answer");

    const bar = element(root, "div", { class: "bar" });
    const solved = element(bar, "span", { class: "solved", hidden: "" }, "✓ Solved");
    const note = element(bar, "p", { class: "note" });
    const why = live ? live.why() : NO_LIVE;
    if (why) {
      note.textContent = `${why} ${ELSEWHERE}`;
      solved.hidden = !kept().done;
      return;
    }
    const open = button(null, "open", "");
    note.before(open);
    const work = element(root, "div", { class: "work", hidden: "" });
    const place = element(work, "div", { class: "editor" });
    const controls = element(work, "div", { class: "controls" });
    const check = button(controls, "check", "Check");
    check.title = ["Ctrl-Enter in the editor", live.price].filter(Boolean).join(". ");
    const stop = button(controls, "stop", "Stop");
    stop.hidden = true;
    const waiting = element(work, "div", { class: "waiting", hidden: "" });
    const bytes = element(waiting, "progress", { "aria-label": "Python is loading" });
    const amount = element(waiting, "span");
    const result = buildResult(work);
    buildHints(controls, work, spec.hints);
    const reset = button(controls, "reset", "Reset");
    const close = button(controls, "close", "Close");
    write(element(work, "p", { class: "about" }), about(spec));

    let editor = null;
    let former = null; // what a reset has put aside
    let timer = 0;
    let busy = false;

    function show() {
      const { done, text } = kept();
      solved.hidden = !done;
      open.textContent = text ? "Go on with your answer" : "Answer here";
      note.textContent = work.hidden && text ? "It is kept in this browser." : "";
    }

    function keep(done = kept().done === true) {
      clearTimeout(timer);
      timer = 0;
      if (editor) progress?.set(KIND, id, record(editor.text, spec.starter, done));
    }

    function changed() {
      editor.markLine(null);
      if (former !== null && editor.text !== spec.starter) {
        former = null;
        reset.textContent = "Reset";
      }
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    }

    // The button is not disabled outright, which would take the focus from who has pressed it by keys.
    function running(on) {
      busy = on;
      root.setAttribute("aria-busy", String(on));
      check.setAttribute("aria-disabled", String(on));
      stop.hidden = !on;
      stop.textContent = live.state === "ready" ? "Stop" : "Cancel";
      waiting.hidden = !on || live.state === "ready";
      root.dataset.engine = on || live.state === "ready" ? "live" : "stored";
    }

    function loading(loaded, total) {
      const { megabytes } = widgets.exercise.pure;
      bytes.max = total || 1;
      bytes.value = loaded;
      amount.textContent = total ? `Python: ${megabytes(loaded)} of ${megabytes(total)}` : "Python is starting";
    }

    // Python comes once a page; a button that is pressed meanwhile waits for the same.
    async function start() {
      if (live.state === "ready") return;
      loading(0, 0);
      await live.start({ progress: loading });
    }

    async function run() {
      if (busy) return;
      keep();
      result.print(null);
      result.say(live.state === "ready" ? "Checking …" : "");
      editor.markLine(null);
      running(true);
      try {
        await start();
        running(true);
        result.say("Checking …");
        const given = { label: spec.label, code: editor.text };
        const verdict = await live.call(CHECK, given, { print: (text) => result.print(text) });
        tell(verdict);
      } catch (error) {
        const stopped = error.name === "AbortError";
        result.say(stopped ? "Stopped. If it never ends: does your loop?" : `That did not work: ${error.message}`, "failed");
      } finally {
        const lost = document.activeElement === stop;
        running(false);
        if (lost) check.focus();
      }
    }

    function tell(verdict) {
      const text = widgets.exercise.pure.sentence(verdict);
      result.say(verdict.passed ? `${text} Compare it with the solution, folded below.` : text, verdict.passed ? "passed" : "failed");
      editor.markLine(verdict.line ?? null);
      if (!verdict.passed) return;
      keep(true);
      show();
    }

    async function begin() {
      work.hidden = false;
      open.hidden = true;
      root.dataset.open = ""; // exercise.css hides the cell above
      const text = kept().text ?? spec.starter;
      editor ??= await widgets.editor.open(place, { text, label: `Your ${spec.name}`, onRun: run, onChange: changed });
      editor.focus();
      show();
      if (live.state !== "ready" && !busy) {
        running(true);
        try {
          await start();
        } catch (error) {
          if (error.name !== "AbortError") result.say(error.message, "failed");
        } finally {
          running(false);
        }
      }
    }

    open.addEventListener("click", begin);
    check.addEventListener("click", run);
    stop.addEventListener("click", () => {
      if (live.state === "ready") live.stop();
      else live.cancel();
    });
    reset.addEventListener("click", () => {
      const back = former;
      former = back === null && editor.text !== spec.starter ? editor.text : null;
      editor.text = back ?? spec.starter;
      reset.textContent = former === null ? "Reset" : "Undo the reset";
      result.say("");
      result.print(null);
      keep();
    });
    close.addEventListener("click", () => {
      keep();
      work.hidden = true;
      open.hidden = false;
      delete root.dataset.open;
      show();
      open.focus();
    });
    addEventListener("pagehide", () => {
      if (timer) keep();
    });
    document.addEventListener("nnlib-progress", show);
    show();
  }

  function about({ name, uses }) {
    const given = ["np", "nnlib", ...uses].map((word) => `\`${word}\``).join(", ");
    return `Ctrl-Enter checks \`${name}\`. It may use ${given}. Your answer stays in this browser.`;
  }

  // In a notebook the cell is the editor, and the kernel has checked already.
  function render({ model, el }) {
    const spec = model.get("spec");
    const root = element(el, "div", { class: "nnlib-exercise" });
    claimId(root, spec.id);
    const result = buildResult(root);
    result.say(widgets.exercise.pure.sentence(spec), spec.passed ? "passed" : "failed");
    const controls = element(root, "div", { class: "controls" });
    buildHints(controls, root, spec.hints);
  }

  define(KIND, { mount, render });
})();
