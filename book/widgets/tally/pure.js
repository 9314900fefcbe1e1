// What the panel works out without a page: what was done of each page.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  // Rows { title, path, guesses, right, of, exercises } of all pages that have guesses, or on which something was done.
  // An id begins with the name of its page: "06-training-on-moons/moons-level".
  function rows(pages, all) {
    const mine = (kind, name) => Object.entries(all[kind] ?? {}).filter(([id]) => id.startsWith(`${name}/`));
    return pages.map(({ name, title, path, guesses }) => {
      const known = mine("guess", name).filter(([id]) => guesses.includes(id));
      return {
        title,
        path,
        guesses: known.length,
        right: known.filter(([, value]) => value?.right === true).length,
        of: guesses.length,
        exercises: mine("exercise", name).filter(([, value]) => value?.done === true).length,
      };
    });
  }

  // How many patients of the clinic were healed.
  const healed = (all) => Object.values(all.clinic ?? {}).filter((value) => value?.healed === true).length;

  widgets.tally = { ...widgets.tally, pure: { rows, healed } };
})();
