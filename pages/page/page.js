(() => {
  'use strict';
  const doc = document, root = doc.documentElement, main = doc.querySelector('main');
  const one = (s) => doc.querySelector(s), now = Date.now;
  const {until, retry, countdown, checking, back} = main.dataset, end = Date.parse(until);
  const put = (to, text) => { if (to.textContent !== text) to.textContent = text; };

  // The page's language, in the visitor's regional form of it.
  const page = root.lang, near = navigator.languages.find((l) => l.startsWith(page + '-'));
  let lang;
  try { [lang] = Intl.DateTimeFormat.supportedLocalesOf([near || page, page]); } catch {}

  // Times in the visitor's zone, each with a hint how far off it is.
  const hints = [];
  if (lang) for (const time of doc.querySelectorAll('time')) {
    const at = Date.parse(time.dateTime), hint = doc.createElement('span'), far = new Intl.RelativeTimeFormat(lang);
    time.title = time.textContent;
    time.textContent = new Intl.DateTimeFormat(lang, {dateStyle: 'medium', timeStyle: 'short'}).format(at);
    time.removeAttribute('dir');
    time.after(hint);
    hints.push(() => {
      const m = Math.round((at - now()) / 6e4), size = Math.abs(m);
      const [n, unit] = size < 90 ? [m, 'minute'] : size < 2160 ? [m / 60, 'hour'] : [m / 1440, 'day'];
      put(hint, !m || m < 0 && at === end ? '' : far.format(Math.round(n), unit));
    });
  }
  const remind = () => hints.forEach((hint) => hint());
  remind();
  setInterval(remind, 2e4);

  // Read-only: reads pass, so asking would tell nothing. The form is one step back.
  if (!countdown) {
    one('a').onclick = () => !doc.referrer.startsWith(location.origin + '/') || (history.back(), false);
    return;
  }

  const button = one('button'), timer = one('.timer'), news = one('.news');
  const digits = (n, least) => n.toLocaleString(lang, {minimumIntegerDigits: least, useGrouping: false});
  const next = () => {
    const s = Math.ceil((due - now()) / 1e3), m = Math.floor(s / 60), h = Math.floor(m / 60);
    const clock = [...(h ? [digits(h), digits(m % 60, 2)] : [digits(m)]), digits(s % 60, 2)];
    return s > 0 && countdown.replace('{time}', clock.join(':'));
  };

  // When the next attempt is due; a random share keeps visitors from coming all at once.
  let pause = 15, due, busy, lost;
  const plan = (seconds) => {
    pause = Math.min(600, Math.max(5, seconds));
    due = now() + pause * (1 + Math.random() / 10) * 1e3;
  };
  plan(+retry || pause);
  // Whoever ends early is noticed all the same: no visitor waits longer than ten minutes.
  if (end > now()) due = Math.min(Math.max(end, now() + 5e3), now() + 6e5) + Math.random() * 3e4;

  // Never sends a form again, and keeps the fragment.
  const reload = () => {
    if (!location.hash) return location.replace(location.href);
    history.replaceState(null, '', location.href);
    location.reload();
  };

  const ask = async (byHand) => {
    if (busy) return;
    busy = true;
    put(timer, checking);
    put(news, byHand ? checking : '');
    const readable = new Promise((done) => setTimeout(done, 700));
    let after, open;
    try {
      const {status, headers} = await fetch(location.href, {method: 'HEAD', cache: 'no-store',
        credentials: 'same-origin', redirect: 'manual', signal: AbortSignal.timeout?.(15e3)});
      open = status < 500 && !headers.has('Understudy-Reason');
      after = +headers.get('Retry-After');
      lost = 0;
    } catch { lost = 1; }
    await readable;
    if (open) {
      root.classList.add('back');
      put(timer, news.textContent = back);
      setTimeout(reload, 1200);
      // Only reached where the answer was a download, which leaves this page standing.
      await new Promise((done) => setTimeout(done, 3e4));
      root.classList.remove('back');
    }
    plan(after || pause * 2);
    busy = false;
    if (byHand) put(news, next());
    tick();
  };

  const tick = () => {
    if (doc.hidden || busy) return;
    const text = next();
    if (text) put(timer, text); else ask();
  };
  setInterval(tick, 500);
  doc.onvisibilitychange = tick;
  addEventListener('online', () => { if (lost) due = 0; tick(); });
  button.onclick = () => ask(true);
  one('a').remove();
  button.hidden = timer.hidden = one('footer').hidden = false;
  tick();
})();
