// Small repairs of the theme for readers who use a keyboard or a screen reader.
(() => {
  "use strict";
  const WIDE = ".equation-body, .highlight pre, .cell_output pre, .pst-scrollable-table-container";

  // What scrolls sideways must be reachable by keyboard, and only that.
  function reachable() {
    for (const box of document.querySelectorAll(WIDE)) {
      if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    }
  }

  // The theme's icons have titles of their own, and the logo stands outside all landmarks.
  function nameTheControls() {
    for (const icon of document.querySelectorAll(".theme-switch-button > *")) {
      icon.removeAttribute("title");
      icon.querySelector("title")?.remove();
      icon.removeAttribute("aria-labelledby");
      icon.setAttribute("aria-hidden", "true");
    }
    const spelled = ".search-button-field, summary[aria-label='Toggle hidden content']";
    for (const control of document.querySelectorAll(spelled)) control.removeAttribute("aria-label");
    for (const logo of document.querySelectorAll(".bd-sidebar-primary .navbar-brand")) {
      logo.parentElement.setAttribute("role", "navigation");
      logo.parentElement.setAttribute("aria-label", "Home");
    }
  }

  // A menu that is closed gives the focus back to its button; the theme, which moves the menu about, loses it.
  function returnFocus() {
    for (const side of ["primary", "secondary"]) {
      document.getElementById(`pst-${side}-sidebar-modal`)?.addEventListener("close", () => {
        const buttons = [...document.querySelectorAll(`.${side}-toggle`)];
        setTimeout(() => buttons.find((button) => button.getClientRects().length)?.focus());
      });
    }
  }

  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(reachable, 150);
  });
  // After the load: the theme's own script replaces its icons before.
  function start() {
    nameTheControls();
    returnFocus();
    reachable();
  }

  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
