// What the pad works out without a page: the network's answer, the most similar image, strokes, sentences.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const SIDE = 8;
  const LEVELS = 16;
  const RADIUS = 0.8; // of the brush, in cells
  const DOTS = 4; // a cell counts the inked points of its 4 × 4, as the data's makers counted them

  const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  // { pixels, labels } → [{ label, ink }]: ink are 64 levels from 0 to 16, stored as the letters from A to Q.
  function images({ pixels, labels }) {
    const size = SIDE * SIDE;
    return Array.from(labels, (label, n) => ({
      label: Number(label),
      ink: Array.from(pixels.slice(size * n, size * (n + 1)), (letter) => letter.charCodeAt(0) - 65),
    }));
  }

  const activations = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)),
    relu: (z) => Math.max(z, 0),
    "": (z) => z,
  };

  // The forward pass: z = xW + b, W row by row; then softmax.
  function answer(layers, ink) {
    let x = ink.map((level) => level / LEVELS);
    for (const { shape: [rows, columns], W, b, activation } of layers) {
      const z = Array.from(b);
      for (let j = 0; j < rows; j += 1) {
        for (let k = 0; k < columns; k += 1) z[k] += x[j] * W[j * columns + k];
      }
      x = z.map(activations[activation]);
    }
    const top = Math.max(...x);
    const e = x.map((z) => Math.exp(z - top));
    const sum = e.reduce((a, b) => a + b);
    return e.map((value) => value / sum);
  }

  const best = (p) => p.indexOf(Math.max(...p));

  // The image with the smallest squared distance, and that distance.
  function nearest(from, ink) {
    let [found, least] = [from[0], Infinity];
    for (const image of from) {
      let distance = 0;
      for (let n = 0; n < ink.length && distance < least; n += 1) distance += (image.ink[n] - ink[n]) ** 2;
      if (distance < least) [found, least] = [image, distance];
    }
    return [found, least];
  }

  // The points that a round brush inks on its way from one place to another, both [x, y] in cells.
  function brush([x0, y0], [x1, y1]) {
    const points = new Set();
    const end = SIDE * DOTS;
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) * DOTS));
    for (let n = 1; n <= steps; n += 1) {
      const [x, y] = [x0 + ((x1 - x0) * n) / steps, y0 + ((y1 - y0) * n) / steps];
      for (let i = Math.max(0, Math.floor(DOTS * (y - 1))); i < Math.min(end, DOTS * (y + 1)); i += 1) {
        for (let j = Math.max(0, Math.floor(DOTS * (x - 1))); j < Math.min(end, DOTS * (x + 1)); j += 1) {
          if (Math.hypot((j + 0.5) / DOTS - x, (i + 0.5) / DOTS - y) <= RADIUS) points.add(end * i + j);
        }
      }
    }
    return points;
  }

  // The levels after a stroke's points were inked, or wiped.
  function inked(ink, points, wipe = false) {
    const counts = Array.from({ length: SIDE * SIDE }, () => 0);
    const end = SIDE * DOTS;
    for (const point of points) {
      counts[SIDE * Math.floor(point / (end * DOTS)) + Math.floor((point % end) / DOTS)] += 1;
    }
    return ink.map((level, n) => (wipe ? Math.max(0, level - counts[n]) : Math.max(level, counts[n])));
  }

  // The drawing, some rows down and columns to the right; what leaves the pad is lost.
  function moved(ink, down, right) {
    return ink.map((_, n) => {
      const [row, column] = [Math.floor(n / SIDE) - down, (n % SIDE) - right];
      return row < 0 || row >= SIDE || column < 0 || column >= SIDE ? 0 : ink[SIDE * row + column];
    });
  }

  const isBlank = (ink) => ink.every((level) => level === 0);

  const withArticle = (digit) => (digit === 8 ? "an 8" : `a ${digit}`);

  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  function spoken(p, blank, strange) {
    const top = Math.max(...p);
    const sure = `${best(p)}, with probability ${top >= 0.995 ? "above 0.99" : top.toFixed(2)}`;
    if (blank) return `The pad is blank. The network cannot say so: it would still answer ${sure}.`;
    return `The network says ${sure}.${strange ? " But the drawing is unlike anything it was trained on." : ""}`;
  }

  const pure = {
    SIDE, LEVELS, floats, images, answer, best, nearest, brush, inked, moved, isBlank, withArticle, percent, spoken,
  };
  widgets.pad = { ...widgets.pad, pure };
})();
