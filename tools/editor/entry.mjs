// CodeMirror with Python, as book/widgets/live/editor.js asks for it. esbuild makes one classic script of this.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colors are those of book/widgets/theme.css.
const color = (name) => ({ color: `var(--nnlib-${name})` });
const highlighting = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], ...color("series-5") },
  { tag: [tags.string, tags.special(tags.string)], ...color("series-0") },
  { tag: [tags.number, tags.bool, tags.null], ...color("backward") },
  { tag: tags.comment, ...color("soft"), fontStyle: "italic" },
  { tag: [tags.definition(tags.variableName), tags.definition(tags.propertyName), tags.className], ...color("accent") },
]));

const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(lines, { changes, effects, state, docChanged }) {
    let found = docChanged ? lines.map(changes) : lines;
    for (const effect of effects) {
      if (!effect.is(mark)) continue;
      const line = effect.value === null || effect.value > state.doc.lines ? null : state.doc.line(effect.value);
      found = line ? Decoration.set([Decoration.line({ class: "nx-marked" }).range(line.from)]) : Decoration.none;
    }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function open(parent, { text, label, onRun, onChange }) {
  const run = () => {
    onRun?.();
    return true;
  };
  let quiet = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        // Tab stays the browser's, so that the keyboard can leave.
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        lineNumbers(),
        history(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlighting,
        marked,
        python(),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onChange?.(view.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(value) {
      quiet = true;
      const changes = { from: 0, to: view.state.doc.length, insert: value };
      view.dispatch({ changes, selection: { anchor: 0 } });
      view.scrollDOM.scrollTop = 0;
      quiet = false;
    },
    markLine(line) {
      view.dispatch({ effects: mark.of(line) });
      if (line !== null && line <= view.state.doc.lines) {
        view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(line).from) });
      }
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
