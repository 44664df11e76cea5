// Comforts only: the page says everything without them.
"use strict";

const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

// A link into something folded opens it on the way.
function openTo(target) {
  for (let place = target; place; place = place.parentElement) {
    if (place.tagName === "DETAILS") place.open = true;
  }
}

function follow() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) {
    openTo(target);
    target.scrollIntoView();
  }
}

// A problem's line is selected in the pasted text.
function showLine(event) {
  const link = event.target.closest("a[data-line]");
  const text = document.getElementById("sheet-text");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Math.min(Number(link.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + lines[line - 1].length);
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

function addTools(head) {
  const tools = document.createElement("p");
  tools.className = "tools";
  for (const [label, open] of [[document.body.dataset.openAll, true], [document.body.dataset.closeAll, false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => all("main details:not(.again)").forEach((each) => { each.open = open; }));
    tools.append(button);
  }
  head.append(tools);
}

// The table of contents says where one is.
function markContents() {
  const links = new Map(all(".contents a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  links.forEach((_, id) => { const place = document.getElementById(id); if (place) seen.observe(place); });
}

document.addEventListener("click", showLine);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && !link.dataset.line && document.getElementById(link.hash.slice(1));
  if (target) openTo(target);
});
window.addEventListener("hashchange", follow);
window.addEventListener("beforeprint", () => all("details[data-print]").forEach((each) => { each.open = true; }));

const head = document.querySelector(".answer-head");
if (head) addTools(head);
if (document.querySelector(".contents")) markContents();
const problems = document.getElementById("problems");
if (problems) problems.focus();
follow();
