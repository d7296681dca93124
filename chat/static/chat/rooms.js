/* The unread counts of a list of rooms: one more for each new message, none for the room one is in. */
(() => {
  "use strict";
  const me = document.body.dataset.user;
  const here = document.getElementById("room")?.dataset.slug;

  function count(mark) {
    const slug = mark.id.slice("news-".length);
    if (slug === here || mark.dataset.author === me) return;
    const badge = document.querySelector(`.badge[data-room="${CSS.escape(slug)}"]`);
    if (!badge) return;
    const unread = Number(badge.dataset.unread) + 1;
    badge.dataset.unread = unread;
    badge.firstElementChild.textContent = unread > 99 ? "99+" : unread;
    badge.hidden = false;
  }

  // A page that comes back is given the latest news again, which it may know. A list that is fetched
  // anew brings its counts, and marks without a value.
  const known = new Map();
  new MutationObserver((changes) => {
    for (const mark of changes.flatMap((change) => [...change.addedNodes])) {
      const isNews = mark.nodeName === "DATA" && mark.id.startsWith("news-") && mark.value;
      if (!isNews || known.get(mark.id) === mark.value) continue;
      known.set(mark.id, mark.value);
      count(mark);
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
