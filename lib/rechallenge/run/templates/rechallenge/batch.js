// Sorts the table of cohorts by a click or Enter on a column's button; cohorts without the value stay last.
(function () {
  var table = document.getElementById("cohorts"), body = table.tBodies[0];
  var buttons = Array.prototype.slice.call(table.querySelectorAll("th button"));
  buttons.forEach(function (button) {
    button.addEventListener("click", function () {
      var head = button.parentNode, column = head.cellIndex;
      var down = head.getAttribute("aria-sort") === "ascending";
      buttons.forEach(function (b) { b.parentNode.setAttribute("aria-sort", "none"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var numbers = head.dataset.kind === "number";
      var rows = Array.prototype.slice.call(body.rows).map(function (row, place) {
        var value = row.cells[column].dataset.sort;
        return { row: row, place: place, value: numbers ? (value === "" ? null : Number(value)) : value };
      });
      rows.sort(function (a, b) {
        if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.place - b.place;
        var order = numbers ? (a.value === b.value ? 0 : a.value < b.value ? -1 : 1) : a.value.localeCompare(b.value, "en", { numeric: true });
        return (down ? -order : order) || a.place - b.place;
      });
      rows.forEach(function (r) { body.appendChild(r.row); });
    });
  });
})();
