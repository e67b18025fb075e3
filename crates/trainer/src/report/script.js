// Shows what the pointer, a finger or the keyboard is on.
"use strict";
const tip = document.getElementById("tip");
function show(event) {
  const target = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
  tip.hidden = !target;
  if (!target) return;
  tip.textContent = target.dataset.tip;
  const box = target.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const left = box.left + box.width / 2 - width / 2;
  tip.style.left = Math.max(4, Math.min(left, document.documentElement.clientWidth - width - 4)) + "px";
  tip.style.top = (box.top - height - 6 < 0 ? box.bottom + 6 : box.top - height - 6) + "px";
}
for (const name of ["pointerover", "focusin", "click"]) document.addEventListener(name, show);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
