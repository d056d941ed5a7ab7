"use strict";
// everything here is a convenience: the page reads the same without it
for (const box of document.querySelectorAll(".filterable")) {
  const bar = box.querySelector(".filter");
  const input = bar.querySelector("input");
  const choices = [...bar.querySelectorAll("select")];
  const all = bar.querySelector("button");
  const cards = [...box.querySelectorAll(".card")];
  const texts = cards.map((card) => card.querySelector("header").textContent.toLowerCase());
  const update = () => {
    const words = input.value.toLowerCase().split(/\s+/);
    const chosen = choices.filter((choice) => choice.value);
    let shown = 0;
    cards.forEach((card, index) => {
      const has = (choice) => (card.dataset[choice.name] ?? "").split("|").includes(choice.value);
      card.hidden = !(words.every((word) => texts[index].includes(word)) && chosen.every(has));
      shown += card.hidden ? 0 : 1;
    });
    all.hidden = shown === cards.length;
    bar.querySelector("output").value = `${shown} of ${cards.length}`;
  };
  const reset = () => {
    input.value = "";
    for (const choice of choices) choice.value = "";
    update();
  };
  // a link to a card that is filtered out brings it back
  const reveal = () => {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!card || !card.hidden || !cards.includes(card)) return;
    reset();
    card.scrollIntoView();
  };
  bar.addEventListener("input", update);
  all.addEventListener("click", () => {
    reset();
    input.focus();
  });
  addEventListener("hashchange", reveal);
  bar.hidden = false;
  update();
}
const tip = document.body.appendChild(document.createElement("div"));
tip.className = "tip";
tip.hidden = true;
document.addEventListener("pointermove", (event) => {
  const drawing = event.target.closest("svg.even");
  tip.hidden = !drawing;
  if (!drawing) return;
  const title = drawing.querySelector("title");
  if (title) {
    // the browser's own tooltip would cover ours
    drawing.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const rows = drawing.parentElement.querySelectorAll("table.twin tbody tr");
  const box = drawing.getBoundingClientRect();
  const place = Math.floor(((event.clientX - box.left) / box.width) * rows.length);
  const cells = rows[Math.min(Math.max(place, 0), rows.length - 1)].cells;
  tip.textContent = `${cells[0].textContent}: ${cells[1].textContent}`;
  tip.style.left = `${Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${event.clientY + 16}px`;
});
