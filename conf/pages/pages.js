// Shows ?ref=..., as text, and puts it into the subject of a letter to us. Without a script the page says the same.
(function () {
  var ref = /[?&]ref=([0-9A-Za-z]{8,13})(?:&|$)/.exec(location.search);
  var box = document.getElementById('ref');
  if (!ref || !box) return;
  box.lastElementChild.textContent = ref[1];
  box.hidden = false;
  document.querySelectorAll('a[href^="mailto:"]').forEach(function (link) {
    link.href += (link.href.indexOf('?') < 0 ? '?' : '&') + 'subject=ref%3D' + ref[1];
  });
})();
