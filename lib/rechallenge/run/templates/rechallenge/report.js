// What needs a reader who clicks: the contents follow, wide tables say so, tables and figures can be taken along.
(function () {
  var root = document.documentElement, main = document.querySelector("main"), words = JSON.parse(main.dataset.words);
  var nav = document.querySelector("nav.contents"), fold = nav.querySelector("details"), where = nav.querySelector(".where");
  var links = Array.prototype.slice.call(nav.querySelectorAll("a"));
  var targets = links.map(function (a) { return document.getElementById(a.hash.slice(1)); });
  var small = window.matchMedia("(max-width: 60rem)");
  root.classList.add("js");

  function mark() {
    var line = parseFloat(getComputedStyle(root).scrollPaddingTop) + 40, here = 0, part = -1;
    targets.forEach(function (t, i) {
      if (!t || t.getBoundingClientRect().top > line) return;
      if (links[i].closest("ol ol")) part = i; else { here = i; part = -1; }
    });
    links.forEach(function (a, i) {
      if (i === here || i === part) a.setAttribute("aria-current", "location"); else a.removeAttribute("aria-current");
      if (!a.closest("ol ol")) a.parentNode.classList.toggle("here", i === here);
    });
    where.textContent = here ? "· " + links[here].textContent : "";
    if (!small.matches && nav.scrollHeight > nav.clientHeight) nav.scrollTop = links[here].offsetTop - nav.clientHeight / 3;
  }
  var asked = false;
  document.addEventListener("scroll", function () {
    if (!asked) requestAnimationFrame(function () { asked = false; mark(); });
    asked = true;
  }, { passive: true });
  if (small.matches) fold.open = false;
  nav.addEventListener("click", function (e) { if (small.matches && e.target.closest("a")) fold.open = false; });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape" && small.matches) fold.open = false; });

  // A box that scrolls says so and can be reached by keyboard; one that does not needs no stop.
  function measure() {
    document.querySelectorAll(".scroll").forEach(function (box) {
      var wide = box.scrollWidth > box.clientWidth + 1;
      box.parentNode.classList.toggle("wide", wide);
      if (wide) box.tabIndex = 0; else box.removeAttribute("tabindex");
    });
  }
  window.addEventListener("resize", measure);

  function cells(table) {
    return Array.prototype.map.call(table.rows, function (row) {
      var texts = [];
      Array.prototype.forEach.call(row.cells, function (cell, i) {
        texts.push((i === 0 && row.classList.contains("level1") ? "  " : "") + cell.textContent);
        for (var k = 1; k < cell.colSpan; k++) texts.push("");
      });
      return texts;
    });
  }
  function csv(table) {
    var lines = cells(table).map(function (row) {
      return row.map(function (text) {
        if (/^\s*([=+@]|-(?!\d))/.test(text)) text = "'" + text; // no cell that a spreadsheet takes for a formula
        return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
      }).join(",");
    });
    return new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
  }
  function save(blob, name) {
    var a = document.createElement("a");
    a.href = URL.createObjectURL(blob);
    a.download = main.dataset.name + "-" + name;
    a.click();
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 1000);
  }
  function copy(text) {
    function old() { // where the page may not write to the clipboard
      var box = document.createElement("textarea");
      box.value = text;
      document.body.appendChild(box);
      box.select();
      var done = document.execCommand("copy");
      box.remove();
      return done ? Promise.resolve() : Promise.reject();
    }
    return navigator.clipboard ? navigator.clipboard.writeText(text).catch(old) : old();
  }
  function svg(drawing) { // the drawing as a file of its own, in the size that it was drawn for
    var own = drawing.cloneNode(true), box = drawing.viewBox.baseVal;
    own.setAttribute("width", box.width + "pt");
    own.setAttribute("height", box.height + "pt");
    var text = '<?xml version="1.0" encoding="utf-8"?>\n' + new XMLSerializer().serializeToString(own);
    return new Blob([text], { type: "image/svg+xml" });
  }
  function png(drawing, give) { // 300 points an inch; the drawing counts 72
    var canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), img = new Image();
    var box = drawing.viewBox.baseVal, source = URL.createObjectURL(svg(drawing));
    canvas.width = Math.round(box.width * 300 / 72);
    canvas.height = Math.round(box.height * 300 / 72);
    img.onload = function () {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(img, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(source);
      canvas.toBlob(give, "image/png");
    };
    img.src = source;
  }

  // The appendix: a link into it opens what holds its target; all of it opens, and prints, when asked.
  var folds = Array.prototype.slice.call(document.querySelectorAll("#appendix details"));
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var up = target && target.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (target && target.tagName === "SECTION" && target.closest("details")) target.closest("details").open = true;
    if (target) target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  reveal();
  document.querySelectorAll(".open-all, .print-all").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      folds.forEach(function (d) { d.open = true; });
      if (!button.classList.contains("print-all")) return;
      root.classList.add("print-all");
      window.print();
      root.classList.remove("print-all");
    });
  });
  window.addEventListener("beforeprint", function () { if (root.classList.contains("print-all")) folds.forEach(function (d) { d.open = true; }); });

  var status = document.createElement("p");
  status.setAttribute("role", "status");
  status.className = "said";
  main.appendChild(status);
  document.querySelectorAll("figure[id]").forEach(function (figure) {
    var table = figure.querySelector("table"), drawing = figure.querySelector(".scroll > svg"), tools = document.createElement("span");
    var label = figure.querySelector("figcaption b").textContent.replace(/[.。]$/, "");
    function add(word, act) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      button.setAttribute("aria-label", word + ": " + label);
      button.addEventListener("click", function () { act(button); });
      tools.appendChild(button);
    }
    tools.className = "tools";
    if (table) {
      add(words.copy, function (button) {
        var text = cells(table).map(function (row) { return row.join("\t"); }).join("\n");
        copy(text).then(function () { return words.copied; }, function () { return words.not_copied; }).then(function (said) {
          button.textContent = status.textContent = said;
          setTimeout(function () { button.textContent = words.copy; status.textContent = ""; }, 2000);
        });
      });
      add("CSV", function () { save(csv(table), figure.id + ".csv"); });
    } else if (drawing) {
      add("SVG", function () { save(svg(drawing), figure.id + ".svg"); });
      add("PNG", function () { png(drawing, function (blob) { save(blob, figure.id + ".png"); }); });
    }
    figure.querySelector("figcaption").prepend(tools);
  });
  measure();
  mark();
})();
