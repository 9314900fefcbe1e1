// Below an explorer of a page: the button that starts Python, and the editor of the code that it runs.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element } = widgets;
  const { pure } = widgets.explorer;

  const LONGEST = 100_000; // letters of code that an address may hold
  const OPEN = "widgets.live.bridge:open_explorer";
  const EXPLORE = "widgets.live.bridge:explore";
  const PRINTED = 20_000; // letters that are shown of what a run prints

  const NO_PROGRAM = "This figure’s program was not loaded before, and there is no network now. Connect, and press again.";

  const MB = (bytes) => (bytes / 1e6).toFixed(1);

  // ---------------------------------------------------------------------------------------------- code in the address

  async function through(bytes, stream) {
    const { readable, writable } = stream;
    const writer = writable.getWriter();
    writer.write(bytes).catch(() => {});
    writer.close().catch(() => {});
    const parts = [];
    let length = 0;
    const reader = readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return new Blob(parts).arrayBuffer();
      parts.push(value);
      length += value.length;
      if (length > 4 * LONGEST) throw new RangeError("too long");
    }
  }

  // Code as letters that an address can hold.
  async function packed(code) {
    const bytes = new Uint8Array(await through(new TextEncoder().encode(code), new CompressionStream("deflate-raw")));
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  // The code again; null if that is not what these letters are.
  async function unpacked(letters) {
    try {
      if (letters.length > LONGEST) return null;
      const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      const code = new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw")));
      return code.length > LONGEST ? null : code;
    } catch {
      return null;
    }
  }

  // ------------------------------------------------------------------------------------------------------------ the bar

  // A promise that is kept when the page draws its next frame, or soon after where it draws none, in a hidden tab.
  const frame = () => new Promise((done) => {
    requestAnimationFrame(done);
    setTimeout(done, 200);
  });

  // Builds the bar into `root`. seat.turn({ engine, run }) puts an engine in the place of the present one, seat.engine.
  function build(root, spec, seat) {
    const { live } = widgets;
    const { id } = root;
    let program = null; // what the notebook stored, as text, and the code in it
    let session = 0; // of the worker that has it
    let source = null; // the code that runs; null: as the notebook has it
    let letters = ""; // the edited code, as the address has it
    let isLive = false;
    let waiting = null; // an AbortController, while the reader waits for Python
    let panel = null; // the editor's

    const bar = element(root, "div", { class: "nx-bar" });
    const button = element(bar, "button", { type: "button", class: "nnlib-live", title: live.price }, "Run live");
    const edit = element(bar, "button", { type: "button", "aria-expanded": "false" }, "Edit code");
    const meter = element(bar, "progress", { hidden: "", "aria-label": "Loading Python" });
    const told = element(bar, "span", { class: "nx-told", role: "status" });

    const tell = (text) => { told.textContent = text; };

    const isEdited = () => source !== null && source !== program.code;
    // Once Python has ended, the figure is the stored one, whatever stands in the editor.
    const whose = () => (panel && panel.editor.text !== program.code ? " The figure is that of the chapter’s code, not of yours." : "");

    async function fetchProgram(signal) {
      if (program) return;
      const { base, page } = live.place();
      const reply = await fetch(new URL(`${page}/${id}.json`, base), { signal }).catch((error) => {
        throw error.name === "AbortError" ? error : new Error(NO_PROGRAM);
      });
      if (!reply.ok) throw new Error(`its program is not there (${reply.status}); reload the page, and try again`);
      const text = await reply.text();
      program = { text, ...JSON.parse(text) };
      program.code = program.source.join("");
    }

    // ---- the engine

    let printed = "";
    let isDrawing = false;

    // Once a frame, however often a run prints.
    async function showPrinted() {
      if (isDrawing) return;
      isDrawing = true;
      await frame();
      isDrawing = false;
      if (panel) panel.print(printed);
      else if (isLive) tell("It prints: see Edit code.");
    }

    function run(values, show, signal) {
      printed = "";
      panel?.clear();
      const unpack = (stored) => pure.unpack(stored)[0];
      return live.call(EXPLORE, { id, source: source ?? program.code, values }, {
        signal,
        print: (text) => {
          printed = `${printed}${text}`;
          if (printed.length > PRINTED) printed = `…\n${printed.slice(-PRINTED)}`;
          showPrinted();
        },
        show: (stored) => {
          show(unpack(stored));
          return frame();
        },
      }).then(unpack, (error) => {
        if (error.name !== "AbortError") panel?.fail(error);
        if (live.state === "off" && error.name !== "AbortError") tell(`${error.message}${whose()}`);
        throw error.line ? Object.assign(new Error(`${error.message} (line ${error.line})`), { line: error.line }) : error;
      });
    }

    async function start() {
      const problem = live.why();
      if (problem) {
        tell(problem);
        return;
      }
      waiting = new AbortController();
      const { signal } = waiting;
      button.textContent = "Cancel";
      meter.hidden = live.state === "ready";
      tell(meter.hidden ? "Loading the figure’s program …" : "Loading Python …");
      const progress = (loaded, total) => {
        Object.assign(meter, { max: total, value: loaded });
        tell(loaded < total ? `Loading Python: ${MB(loaded)} of ${MB(total)} MB` : "Starting Python …");
      };
      try {
        const loaded = live.start({ progress, signal }).then(() => {
          meter.hidden = true;
          if (!program) tell("Loading the figure’s program …");
        });
        await Promise.all([fetchProgram(signal), loaded]);
        if (session !== live.session) {
          tell("Waiting for Python: what runs elsewhere on this page comes first …");
          await live.call(OPEN, { id, text: program.text }, { signal });
        }
        session = live.session;
        button.textContent = "Stop";
        tell("Live: Python in this page runs any value.");
        panel?.editor.upgrade();
        isLive = true;
        seat.turn({ engine: "live", run });
        if (isEdited()) seat.engine.forget();
      } catch (error) {
        button.textContent = "Run live";
        tell(signal.aborted ? "Cancelled." : error.message);
      }
      waiting.abort(); // of two that it waited for one may have failed
      waiting = null;
      meter.hidden = true;
    }

    button.addEventListener("click", ({ detail }) => {
      if (detail > 1) return; // the second click of two that were meant as one
      if (button.textContent === "Run live") {
        if (panel) source = panel.editor.text;
        start();
      } else if (isLive) {
        live.stop();
      } else {
        waiting.abort();
        live.cancel();
      }
    });

    document.addEventListener("nnlib-live", ({ detail }) => {
      if (detail !== "off" || !isLive) return;
      isLive = false;
      button.textContent = "Run live";
      tell(`Python was stopped.${whose()}`);
      seat.turn({ engine: "stored" });
    });

    // ---- the editor

    function changed(code) {
      remember(code);
      panel.reset.disabled = false;
    }

    async function remember(code) {
      letters = program && code === program.code ? "" : await packed(code);
      if (panel.editor.text === code) seat.engine.remember();
    }

    function again() {
      source = panel.editor.text;
      if (isLive) {
        seat.engine.forget();
        seat.engine.run();
      } else if (!waiting) {
        start();
      }
    }

    function openPanel(code, { plain = false } = {}) {
      const box = element(root, "div", { class: "nx-panel" });
      const note = element(box, "p", { class: "nx-note" });
      const editor = widgets.editor.open(box, {
        plain, text: code, label: "Code of the figure", onRun: again, onChange: changed,
      });
      const row = element(box, "div", { class: "nx-bar" });
      const go = element(row, "button", { type: "button" }, "Run code");
      element(row, "span", { class: "nx-told" }, "Ctrl-Enter");
      const reset = element(row, "button", { type: "button" }, "Reset code");
      const output = element(box, "pre", { class: "nx-printed", hidden: "", tabindex: "0", "aria-label": "What the code says" });
      go.addEventListener("click", again);
      reset.addEventListener("click", async () => {
        await fetchProgram();
        editor.text = program.code;
        changed(program.code);
        note.textContent = given();
        if (isLive) again();
      });
      panel = {
        box, editor, note, reset,
        print(text) {
          output.textContent = text;
          output.hidden = !text;
        },
        clear() {
          editor.markLine(null);
          panel.print("");
        },
        fail({ message, line = null, traceback = "" }) {
          editor.markLine(line);
          printed += `${traceback}${message}\n`;
          panel.print(printed);
        },
      };
      panel.print(printed);
    }

    function expand(on) {
      panel.box.hidden = !on;
      edit.setAttribute("aria-expanded", String(on));
    }

    // What the code finds there: arrays of the chapter, which are not written in it.
    function given() {
      const shape = ({ array }) => (array ? ` (${array[1].join(", ")})` : "");
      const names = [...Object.entries(program.data), ...Object.entries(program.given)];
      const listed = names.map(([name, value]) => `${name}${shape(value ?? {})}`).join(", ");
      return listed ? `From the chapter: ${listed}.` : "";
    }

    edit.addEventListener("click", async () => {
      if (panel) {
        expand(panel.box.hidden);
        if (!panel.box.hidden) panel.editor.focus();
        return;
      }
      const problem = live.why();
      if (problem) {
        tell(problem);
        return;
      }
      try {
        await fetchProgram();
        openPanel(source ?? program.code);
        expand(true);
        panel.note.textContent = given();
        panel.editor.focus();
      } catch (error) {
        tell(error.message);
      }
    });

    // ---- the address: code that came with it is shown, and nothing of it runs before the reader says so

    async function recall() {
      const wanted = pure.readAddress(location.hash, id)?.code ?? "";
      if (!wanted) return;
      if (wanted === letters) {
        expand(true);
        return;
      }
      const code = await unpacked(wanted);
      if (code === null) {
        tell("The code in this link cannot be read: the figure runs its own.");
        return;
      }
      letters = wanted;
      if (panel) panel.editor.text = code;
      else openPanel(code, { plain: true });
      expand(true);
      panel.note.textContent = "This code came with the link. Read it before you run it.";
    }

    addEventListener("hashchange", recall);
    recall();

    return { address: () => (letters && !spec.controls.some(({ name }) => name === "code") ? { code: letters } : {}) };
  }

  widgets.explorer.running = { build, packed, unpacked };
})();
