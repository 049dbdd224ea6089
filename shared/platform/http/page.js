"use strict";
const find = document.getElementById("find");
const operations = [...document.querySelectorAll(".operation")];
find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const operation of operations) {
    const text = operation.firstElementChild.textContent.toLowerCase();
    operation.hidden = !words.every((word) => text.includes(word));
  }
});
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener("hashchange", open);
open();
