// The book's part of JupyterLite: beside a notebook's tools, the way to its page, and back to what the notebook was.
//
// A federated extension as a bundler would write it: a container with one module. It has no code but its own, and takes
// JupyterLab's modules from the scope that all extensions share.
"use strict";

(() => {
  const NAME = "neural-network-by-hand";
  const CONTAINERS = "_JUPYTERLAB"; // where JupyterLab looks for them
  let scope = {};

  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  /** The address of the page that a notebook belongs to: `base` is JupyterLite's, "errata/a.ipynb" a path in it. */
  function page(base, path) {
    return new URL(`../book/${path.replace(/\.ipynb$/, ".html")}`, new URL(base, location.href)).href;
  }

  /** Whether the book has a notebook of this path, rather than the reader alone. */
  async function isOfTheBook(base, path) {
    const answer = await fetch(new URL(`files/${path}`, new URL(base, location.href)), { method: "HEAD" });
    return answer.ok;
  }

  async function plugin() {
    const [notebook, components, apputils, coreutils] = await Promise.all(
      ["@jupyterlab/notebook", "@jupyterlab/ui-components", "@jupyterlab/apputils", "@jupyterlab/coreutils"].map(shared),
    );
    const { Dialog, showDialog } = apputils;

    async function restore(contents, context) {
      const { button } = await showDialog({
        title: "Back to the book’s notebook?",
        body: "Your changes to this notebook, which are in this browser only, are deleted.",
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: "Delete my changes" })],
        defaultButton: 0,
      });
      if (!button.accept) return;
      await contents.delete(context.path); // the reader's copy: the book's lies on the server
      await context.revert();
    }

    return {
      id: `${NAME}:page`,
      description: "Leads from a notebook to its page, and back to what the notebook was.",
      autoStart: true,
      requires: [notebook.INotebookTracker],
      activate: (app, tracker) => {
        const base = coreutils.PageConfig.getBaseUrl();
        tracker.widgetAdded.connect(async (_, panel) => {
          const { context } = panel;
          if (!(await isOfTheBook(base, context.path))) return;
          const buttons = {
            page: {
              label: "Page",
              tooltip: "Open this notebook’s page in the book",
              onClick: () => window.open(page(base, context.path), "_blank"),
            },
            original: {
              label: "Original",
              tooltip: "Delete my changes and go back to the book’s notebook",
              onClick: () => restore(app.serviceManager.contents, context),
            },
          };
          for (const [name, options] of Object.entries(buttons)) {
            panel.toolbar.insertBefore("spacer", `book-${name}`, new components.ToolbarButton(options));
          }
        });
      },
    };
  }

  globalThis[CONTAINERS] ??= {};
  globalThis[CONTAINERS][NAME] = {
    init: (given) => {
      scope = given;
    },
    get: async () => {
      const found = await plugin();
      return () => ({ __esModule: true, default: found });
    },
  };
})();
