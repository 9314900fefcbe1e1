// What the panel works out without a page: what was done of each page.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  // Rows { title, path, guesses, asked, right, solved, exercises } of all pages that have guesses or exercises: how many
  // there are, and what was done.
  function rows(pages, all) {
    const known = (kind, ids) => ids.map((id) => all[kind]?.[id]).filter((value) => value !== undefined);
    return pages.map(({ title, path, guesses, exercises }) => {
      const said = known("guess", guesses);
      return {
        title,
        path,
        guesses: said.length,
        asked: guesses.length,
        right: said.filter((value) => value?.right === true).length,
        solved: known("exercise", exercises).filter((value) => value?.done === true).length,
        exercises: exercises.length,
      };
    });
  }

  // How many patients of the clinic were healed.
  const healed = (all) => Object.values(all.clinic ?? {}).filter((value) => value?.healed === true).length;

  widgets.tally = { ...widgets.tally, pure: { rows, healed } };
})();
