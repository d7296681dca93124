/* The options of a message, in a dialog on the room's page. Without script the same is a page. */
(() => {
  "use strict";
  const room = document.getElementById("room");
  const menu = document.getElementById("menu");

  document.getElementById("log").addEventListener("click", async (event) => {
    const link = event.target.closest("a.more");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    menu.replaceChildren();
    await htmx.ajax("GET", link.getAttribute("href"), { source: menu, target: menu, swap: "innerHTML" });
    if (!menu.childElementCount) return;
    menu.showModal();
    menu.querySelector("textarea")?.focus();
  });

  // What was asked for is on its way; what comes of it is shown in the list, or as an error.
  menu.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) return; // by htmx
    document.getElementById("goby-errors").textContent = "";
    menu.close();
  });
  menu.addEventListener("click", (event) => { if (event.target === menu) menu.close(); });

  // This room is not ours any more: what is here stays, but nothing can be added to it.
  new MutationObserver(() => {
    const notice = document.getElementById("chat-notice");
    if (!notice?.hasAttribute("data-closed") || notice.dataset.room !== room.dataset.slug) return;
    document.getElementById("composer").inert = true;
    room.dataset.closed = "";
  }).observe(room, { childList: true, subtree: true });
})();
