// Marks in the contents which section is being read; folds the contents on a phone.
(function () {
  var links = Array.prototype.slice.call(document.querySelectorAll("nav a"));
  var targets = links.map(function (a) { return document.getElementById(a.hash.slice(1)); });
  function mark() {
    var here = 0;
    targets.forEach(function (t, i) { if (t && t.getBoundingClientRect().top < 120) here = i; });
    links.forEach(function (a, i) { a.classList.toggle("here", i === here); });
  }
  if (window.matchMedia("(max-width: 60rem)").matches) document.querySelector("nav details").open = false;
  document.addEventListener("scroll", mark, { passive: true });
  mark();
})();
