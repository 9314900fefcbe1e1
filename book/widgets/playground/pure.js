// What the playground works out without a page: settings and addresses, the program, contours, colors, words.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  // ------------------------------------------------------------------------------------------------------------ settings

  // How each kind of control reads a text, undefined where it is no value of it, and writes a value.
  const KINDS = {
    widths: {
      read(control, text) {
        if (text === "none") return [];
        const widths = text.split("-").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 0));
        const fits = widths.length <= control.deepest && widths.every((n) => n >= 1 && n <= control.widest);
        return fits ? widths : undefined;
      },
      write: (value) => value.join("-") || "none",
    },
    whole: {
      read: (control, text) => (/^\d{1,9}$/.test(text) && Number(text) <= control.last ? Number(text) : undefined),
      write: String,
    },
    flag: {
      read: (control, text) => (text === "0" || text === "1" ? text === "1" : undefined),
      write: (value) => (value ? "1" : "0"),
    },
    names: {
      read: (control, text) => control.values.find((value) => value === text),
      write: String,
    },
    numbers: {
      read: (control, text) => (text.trim() === "" ? undefined : control.values.find((value) => value === Number(text))),
      write: (value) => (value > 0 && value < 1e-4 ? value.toExponential() : String(value)), // as its label
    },
  };

  // The whole number from lo to hi that a text is; undefined if it is none.
  function wholeOf(text, [lo, hi]) {
    const value = Number(text);
    return text.trim() !== "" && Number.isInteger(value) && value >= lo && value <= hi ? value : undefined;
  }

  const defaults = (controls) => Object.fromEntries(controls.map((control) => [control.name, control.default]));

  // The settings that these texts, by name, stand for. What is left out, or is no setting, has its default; the names of
  // the latter are `refused`.
  function restore(controls, texts) {
    const settings = defaults(controls);
    const known = new Set(controls.map(({ name }) => name));
    const refused = Object.keys(texts).filter((name) => !known.has(name));
    for (const control of controls.filter(({ name }) => Object.hasOwn(texts, name))) {
      const value = KINDS[control.kind].read(control, texts[control.name]);
      if (value === undefined) refused.push(control.name);
      else settings[control.name] = value;
    }
    return { settings, refused };
  }

  const written = (controls, settings) =>
    Object.fromEntries(controls.map(({ name, kind }) => [name, KINDS[kind].write(settings[name])]));

  const same = (controls, a, b) =>
    controls.every(({ name, kind }) => KINDS[kind].write(a[name]) === KINDS[kind].write(b[name]));

  // ------------------------------------------------------------------------------------------------------------- program

  const classesOf = ({ data }) => (data === "digits" ? 10 : 2);

  // nnlib's layers, a list for each dense layer with what follows it.
  function layersOf(s) {
    let width = 2;
    const rows = s.layers.map((n) => {
      const row = [`Dense(${width}, ${n})`, ...(s.batchnorm ? [`BatchNorm(${n})`] : []), `${s.activation}()`];
      width = n;
      return row;
    });
    return [...rows, [`Dense(${width}, ${classesOf(s)})`, ...(s.loss === "SoftmaxCrossEntropy" ? [] : ["Sigmoid()"])]];
  }

  // The program that does with nnlib alone what the playground does with these settings, for so many epochs.
  function program(spec, s, epochs) {
    const { imports, functions } = spec.sources[s.data];
    const [training, validation] = spec.points;
    const [optimizer, more] = spec.optimizers[s.optimizer];
    const t = s.loss === "SoftmaxCrossEntropy" ? "labels" : "t";
    const lines = [
      '"""A training of the playground, with the same numbers."""',
      "",
      "import numpy as np",
      ...(imports ? [imports.trimEnd()] : []),
      "",
      "import nnlib",
      "",
      "",
      functions.trimEnd(),
      "",
      "",
      `x, labels = ${s.data}(np.random.default_rng(${s.seed}), ${training + validation}, noise=${s.noise})`,
      ...(t === "t" ? [`t = nnlib.one_hot(labels, ${classesOf(s)})`] : []),
      "",
      "net = nnlib.Network(",
      ...layersOf(s).flat().map((layer) => `    nnlib.${layer},`),
      `    loss=nnlib.${s.loss}(),`,
      ...(s.penalty === "none" ? [] : [`    penalty=nnlib.${s.penalty}(${s.lam}),`]),
      `    rng=${s.seed},`,
      ")",
      "history = nnlib.fit(",
      "    net,",
      `    x[:${training}],`,
      `    ${t}[:${training}],`,
      `    nnlib.${optimizer}(${s.lr}${more}),`,
      `    epochs=${epochs},`,
      `    batch_size=${s.batch},`,
      `    validation=(x[${training}:], ${t}[${training}:]),`,
      `    rng=${s.seed},`,
      ")",
      'print("epochs", len(history.loss), "diverged" if history.diverged else "")',
      'for name in ("loss", "accuracy", "val_loss", "val_accuracy"):',
      "    print(name, *getattr(history, name)[-1:])",
      "",
    ];
    return lines.join("\n");
  }

  // ---------------------------------------------------------------------------------------------------------- stored data

  const ARRAYS = {
    u1: Uint8Array, u2: Uint16Array, f4: Float32Array, f8: Float64Array,
  };

  // A frame as the worker would send it, from what page.py stored.
  function unpack(stored) {
    const array = ([kind, text]) => new ARRAYS[kind](Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const isArray = (value) => Array.isArray(value) && value.length === 2 && value[0] in ARRAYS;
    const frame = Object.fromEntries(
      Object.entries(stored).map(([name, value]) => [name, isArray(value) ? array(value) : value]),
    );
    if (frame.p instanceof Uint16Array) frame.p = Float32Array.from(frame.p, (share) => share / 65535);
    return frame;
  }

  // ---------------------------------------------------------------------------------------------------------- the picture

  // Where a square grid's values, rows from the top, cross `level`: pieces of lines, [x, y, x, y] after one another, in
  // shares of the picture, whose pixels' middles hold the values.
  function contour(values, side, level) {
    const pieces = [];
    const place = (k) => (k + 0.5) / side;
    for (let row = 0; row + 1 < side; row += 1) {
      for (let column = 0; column + 1 < side; column += 1) {
        const at = row * side + column;
        const corners = [values[at], values[at + 1], values[at + side + 1], values[at + side]];
        const above = corners.map((v) => v > level);
        if (above.every((yes) => yes === above[0])) continue;
        const cross = [];
        for (let k = 0; k < 4; k += 1) {
          const [a, b] = [corners[k], corners[(k + 1) % 4]];
          if (above[k] === above[(k + 1) % 4]) continue;
          const part = (level - a) / (b - a);
          const x = [part, 1, 1 - part, 0][k];
          const y = [0, part, 1, 1 - part][k];
          cross.push(place(column + x), place(row + y));
        }
        // At a saddle, the mean says which corners belong together.
        const middle = corners.reduce((sum, v) => sum + v, 0) / 4 > level;
        if (cross.length === 8 && middle !== above[0]) cross.push(...cross.splice(0, 2));
        pieces.push(...cross);
      }
    }
    return pieces;
  }

  // The sides between neighbors of different classes, as `contour` gives its pieces.
  function borders(winner, side) {
    const pieces = [];
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const at = row * side + column;
        const [x, y, right, bottom] = [column, row, column + 1, row + 1].map((k) => k / side);
        if (column + 1 < side && winner[at] !== winner[at + 1]) pieces.push(right, y, right, bottom);
        if (row + 1 < side && winner[at] !== winner[at + side]) pieces.push(x, bottom, right, bottom);
      }
    }
    return pieces;
  }

  const channels = (hex) => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

  // A pixel of ImageData, seen as 32 bits (all machines that browsers run on have the low byte first).
  function pixel(from, to, share) {
    const [[a, b, c], [d, e, f]] = [channels(from), channels(to)];
    const mix = (x, y) => Math.round(x + (y - x) * share);
    return ((255 << 24) | (mix(c, f) << 16) | (mix(b, e) << 8) | mix(a, d)) >>> 0;
  }

  // 256 colors from `low` over `middle` to `high`, the ends as strong as said.
  function ramp(low, middle, high, strength) {
    return Uint32Array.from({ length: 256 }, (_, k) => {
      const share = Math.min((k - 128) / 127, 1);
      return pixel(middle, share < 0 ? low : high, Math.abs(share) * strength);
    });
  }

  // --------------------------------------------------------------------------------------------------------------- curves

  // Of a long curve a value for each of so many places: the largest of those that share one, so that no peak is lost.
  function thinned(values, most) {
    if (values.length <= most) return values.map((value, k) => [k, value]);
    const found = [];
    for (let k = 0; k < most; k += 1) {
      const [start, end] = [k, k + 1].map((place) => Math.floor((place * values.length) / most));
      let top = start;
      for (let i = start; i < end; i += 1) if (values[i] > values[top]) top = i;
      found.push([top, values[top]]);
    }
    return found;
  }

  // The ends of a logarithmic axis that holds all these numbers that are above 0.
  function logRange(...curves) {
    let [lo, hi] = [Infinity, 0];
    for (const curve of curves) {
      for (const value of curve) {
        if (!(value > 0 && value < Infinity)) continue;
        lo = Math.min(lo, value);
        hi = Math.max(hi, value);
      }
    }
    return hi > 0 ? [Math.min(lo, hi / 2) / 1.2, hi * 1.2] : [0.1, 1];
  }

  // ---------------------------------------------------------------------------------------------------------------- words

  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  function digits(value) {
    if (!Number.isFinite(value)) return "not finite";
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text = size < 1e-3 || size >= 1e4 ? size.toExponential(1).replace("-", "−").replace("+", "") : String(Number(size.toPrecision(3)));
    return value < 0 ? `−${text}` : text;
  }

  // What a training has come to. `last` is its history's last row.
  function told({ epoch, steps, diverged }, last) {
    const where = last ? `Epoch ${epoch}` : `Step ${steps} of the first epoch`;
    const end = diverged ? " The training diverged: its numbers are no longer finite. Try a smaller learning rate." : "";
    if (!last) return steps ? `${where}.${end}` : "Not trained yet.";
    const [loss, right, valLoss, valRight] = last;
    return `${where}: training loss ${digits(loss)}, ${percent(right)} right; validation loss ${digits(valLoss)}, `
      + `${percent(valRight)} right.${end}`;
  }

  // The unit with this number among all, layer by layer: its layer and its number there, counted from 0.
  function unitAt(shapes, number) {
    let rest = number;
    for (const [layer, [, n]] of shapes.entries()) {
      if (rest < n) return { layer, index: rest };
      rest -= n;
    }
    return null;
  }

  function unitName(shapes, number) {
    const { layer, index } = unitAt(shapes, number);
    return layer === shapes.length - 1 ? `output ${index}` : `unit ${index + 1} of layer ${layer + 1}`;
  }

  const SHOWN = 6; // weights of a unit, in words

  // A unit's weights in words, the largest first.
  function unitWeights({ shapes, places, theta }, number) {
    const { layer, index } = unitAt(shapes, number);
    const [nIn, nOut] = shapes[layer];
    const weights = Array.from({ length: nIn }, (_, k) => [k, theta[places[layer] + k * nOut + index]]);
    const bias = theta[places[layer] + nIn * nOut + index];
    const order = nIn > SHOWN ? weights.toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, SHOWN) : weights;
    const from = (k) => (layer === 0 ? `x${"₁₂"[k]}` : `unit ${k + 1}`);
    const words = order.map(([k, w]) => `${digits(w)} from ${from(k)}`).join(", ");
    const more = nIn > SHOWN ? `, ${nIn - SHOWN} smaller ones` : "";
    return `weights ${words}${more}; bias ${digits(bias)}`;
  }

  const pure = {
    defaults, restore, written, same, layersOf, program, unpack, contour, borders, pixel, ramp, thinned, logRange, percent,
    digits, told, unitAt, unitName, unitWeights, wholeOf,
  };
  widgets.playground = { ...widgets.playground, pure };
})();
