/* What the page does about people: it says that its reader types, over the connection that it has,
   and leaves the reader out of the line that says who types. One line comes for everybody, with a
   variant for each who types. */
(() => {
  "use strict";
  const EVERY_MS = 2000; // a sign is believed for some seconds

  const parts = () => [...document.querySelectorAll("[data-typing-field]")];
  const signs = new WeakMap(); // form -> when it last said so

  // ---- What one types oneself

  function isLive(part) {
    return part.closest("[data-goby-state]")?.dataset.gobyState === "live";
  }

  function send(part, stopped) {
    const form = part.querySelector("form");
    const isDue = Date.now() - (signs.get(form) ?? -Infinity) >= EVERY_MS;
    if (!isLive(part) || (stopped ? !signs.has(form) : !isDue)) return;
    if (stopped) signs.delete(form);
    else signs.set(form, Date.now());
    form.elements.stopped.value = String(stopped);
    form.requestSubmit();
  }

  document.addEventListener("input", ({ target }) => {
    for (const part of parts()) {
      if (part.dataset.typingField === target.id) send(part, !target.value.trim());
    }
  });

  // Before htmx reads the form: what was written is no longer being typed.
  document.addEventListener("submit", ({ target }) => {
    for (const part of parts()) {
      const field = document.getElementById(part.dataset.typingField);
      if (field?.form === target) send(part, true);
    }
  }, true);

  // ---- The list of who is here closes as menus do

  const openLists = () => document.querySelectorAll(".here[open]");

  document.addEventListener("click", ({ target }) => {
    for (const list of openLists()) if (!list.contains(target)) list.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const list of openLists()) {
      list.open = false;
      list.querySelector("summary").focus();
    }
  });

  // ---- What others type

  function leaveOut(part) {
    const variants = [...part.querySelectorAll("p > span")];
    const mine = variants.find((each) => each.dataset.without === part.dataset.me) ?? variants[0];
    for (const each of variants) {
      if (each.hidden !== (each !== mine)) each.hidden = each !== mine;
    }
  }

  new MutationObserver(() => parts().forEach(leaveOut))
    .observe(document.body, { childList: true, subtree: true });
  parts().forEach(leaveOut);
})();
