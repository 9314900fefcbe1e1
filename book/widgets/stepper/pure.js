// What the stepper works out without a page: the marks in its texts, what is to be seen and said in a step, what fits.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const MARKS = /\*\*(?<b>.+?)\*\*|\*(?<i>.+?)\*|_\{(?<sub>.+?)\}|\^\{(?<sup>.+?)\}/g;

  // "*W*_{12} = 3" → [{ tag: "i", parts: ["W"] }, { tag: "sub", parts: ["12"] }, " = 3"]: elements, and texts between them.
  function parse(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(MARKS)) {
      if (match.index > end) parts.push(text.slice(end, match.index));
      const [tag, inside] = Object.entries(match.groups).find(([, found]) => found !== undefined);
      parts.push({ tag, parts: parse(inside) });
      end = match.index + match[0].length;
    }
    if (end < text.length) parts.push(text.slice(end));
    return parts;
  }

  const clamp = (step, steps) => Math.min(Math.max(step, 0), steps.length - 1);

  const isShown = ({ since, until }, step) => since <= step && (until === null || step < until);

  function spoken(steps, at) {
    const { way, title, text } = steps[at];
    return `Step ${at} of ${steps.length - 1}, ${way}. ${title}: ${text}`;
  }

  // The size that makes a text of this width fit its slot.
  const fitted = (size, width, slot) => (width > slot ? (size * slot) / width : size);

  const padded = ({ x, y, width, height }, by) => ({ x: x - by, y, width: width + 2 * by, height });

  const pure = { parse, clamp, isShown, spoken, fitted, padded };
  widgets.stepper = { ...widgets.stepper, pure };
})();
