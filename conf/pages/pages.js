// Shows ?ref=..., and puts it into the subject of a letter to us. Anybody can write anything into a link: only what has
// the form of a reference (Crockford's base32) is shown, as text. Without a script the page says where to find it.
(function () {
  var ref = /[?&]ref=([0-9A-HJKMNP-TV-Z]{8,13})(?:&|$)/i.exec(location.search);
  var box = document.getElementById('ref');
  if (!ref || !box) return;
  var text = ref[1].toUpperCase();
  box.lastElementChild.textContent = text;
  document.querySelectorAll('a[href^="mailto:"]').forEach(function (link) {
    link.href += (link.href.indexOf('?') < 0 ? '?' : '&') + 'subject=ref%3D' + text;
  });
})();
