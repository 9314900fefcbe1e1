// What the guess's script works out without a page: whether a guess is right, and how far off it is.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const digits = (value) => `${Number(value.toPrecision(2))}`.replace("-", "−");

  // "1.5 µs too low", "too high by a factor of 3", said of a guess; of names there is nothing between wrong and right.
  function distance(spec, place) {
    if (!spec.values) return "";
    const said = spec.values[place];
    const { value } = spec.answer;
    const side = said < value ? "too low" : "too high";
    if (spec.log) return `${side} by a factor of ${digits(Math.max(said / value, value / said))}`;
    const unit = spec.unit === "%" ? "points" : spec.unit; // "34 % too low" would be a share of the answer
    return `${digits(Math.abs(said - value))}${unit ? ` ${unit}` : ""} ${side}`;
  }

  // What the reader is told of the guess at this place; right is the place that is nearest to the answer.
  function verdict(spec, place) {
    const right = place === spec.answer.place;
    const off = right ? "" : distance(spec, place);
    return {
      right,
      text: right ? `Right: it is ${spec.answer.text}.` : `It is ${spec.answer.text}${off ? `; yours is ${off}` : ""}.`,
    };
  }

  widgets.guess = { ...widgets.guess, pure: { distance, verdict } };
})();
