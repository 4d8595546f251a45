// Keeps a page as the city is: values in cells with data-entity, data-attribute and data-part, the feed of changes, the as-of time, the points of a map.
// A page without script, or while the connection is lost, stays as it was printed, and says so.

const cells = new Map();
for (const cell of document.querySelectorAll('[data-entity][data-attribute][data-part]')) {
  if (!cell.dataset.entity) continue;
  const key = cell.dataset.entity + '\n' + cell.dataset.attribute;
  (cells.get(key) ?? cells.set(key, []).get(key)).push(cell);
}
const feeds = [...document.querySelectorAll('[data-feed]')];
const renewed = [...document.querySelectorAll('[data-renew][id]')];
const map = document.querySelector('[data-map]');
const note = document.querySelector('[data-lost-note]');
const now = document.querySelector('time[data-live=now]');

for (const here of document.querySelectorAll('.rail [aria-current], .tabs [aria-current]')) here.scrollIntoView({ block: 'nearest', inline: 'center' });
if (map) import('./map.js').then(m => m.draw(map)).catch(fault => console.warn('The map stays as it was printed.', fault));
if (document.querySelector('[data-live-chart]')) import('./series.js').then(m => m.draw()).catch(fault => console.warn('The live chart is left out.', fault));

function show(cell, text) {
  if (text === undefined || cell.textContent === text) return;
  cell.textContent = text;
  cell.classList.remove('fresh');
  void cell.offsetWidth; // begins the animation anew
  cell.classList.add('fresh');
}

const clock = time => time.slice(11);

function take(change) {
  for (const [name, value] of Object.entries(change.attributes)) {
    for (const cell of cells.get(change.id + '\n' + name) ?? []) {
      if (cell.dataset.part === 'recorded') show(cell, clock(change.time));
      else if (cell.dataset.part === 'observed') show(cell, value.observed ? clock(value.observed) : cell.textContent);
      else show(cell, value.text);
    }
  }
  for (const feed of feeds) if (!feed.dataset.type || feed.dataset.type === change.type) enter(feed, change);
  if (now) {
    now.textContent = change.time;
    now.dateTime = change.recorded;
  }
  document.dispatchEvent(new CustomEvent('dalgu:change', { detail: change }));
  if (renewed.length && !waiting) waiting = setTimeout(renew, Math.max(0, renewedAt + 10000 - performance.now()));
}

// What is computed of many values, such as a mean, the page itself prints anew: after a change, and every ten seconds at most.
let waiting, renewedAt = performance.now();
async function renew() {
  try {
    const answer = document.hidden ? undefined : await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const old of renewed) {
      const fresh = page.getElementById(old.id);
      if (!fresh || fresh.textContent === old.textContent || old.contains(document.activeElement)) continue;
      const before = old.querySelector('.value')?.textContent;
      old.replaceChildren(...fresh.childNodes);
      const value = old.querySelector('.value');
      if (value && value.textContent !== before) value.classList.add('fresh');
    }
  } catch { /* the connection is lost, which the feed says */ } finally {
    renewedAt = performance.now();
    waiting = undefined;
  }
}

// One line an entity, the newest on top, no more than the printed list had room for.
function enter(feed, change) {
  const numbers = Object.entries(change.attributes).filter(([, value]) => value.number !== undefined);
  const [name, value] = numbers[0] ?? Object.entries(change.attributes)[0] ?? [];
  if (!name) return;
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.dateTime = change.recorded;
  time.title = change.time;
  time.textContent = clock(change.time);
  const text = document.createElement('span');
  const link = document.createElement('a');
  link.href = change.href + '?tab=history&attribute=' + encodeURIComponent(name);
  link.textContent = change.name;
  const figure = document.createElement('b');
  figure.textContent = value.text;
  text.append(link, ` ${value.word ?? name} `, figure, ` ${value.unit ?? ''}`);
  const delta = document.createElement('span');
  delta.className = 'delta';
  if (value.number !== undefined && value.before !== undefined && value.number !== value.before) {
    const by = Math.abs(value.number - value.before);
    delta.textContent = (value.number > value.before ? '↑ ' : '↓ ') + Number(by.toPrecision(3)).toLocaleString('en');
  }
  line.append(time, text, delta);
  line.dataset.id = change.id;
  for (const old of feed.children) if (old.dataset.id === change.id || old.querySelector('a')?.getAttribute('href')?.startsWith(change.href + '?')) { old.remove(); break; }
  feed.prepend(line);
  line.classList.add('fresh');
  while (feed.children.length > Number(feed.dataset.limit || 8)) feed.lastElementChild.remove();
  feed.parentElement.querySelector('[data-feed-empty]')?.remove();
}

// A browser keeps six connections to one host: a page that nobody looks at gives its own back.
let source, last = document.querySelector('[data-seq]')?.dataset.seq ?? '';
const opened = performance.now();
function connect() {
  if (source || document.hidden) return;
  const ids = new Set([...cells.keys()].map(key => key.split('\n')[0]));
  const query = new URLSearchParams();
  if (!feeds.length && !map && ids.size === 1) query.set('id', [...ids][0]);
  if (last) query.set('after', last);
  source = new EventSource('/live/changes?' + query);
  source.onopen = () => { note.hidden = true; };
  source.onerror = () => {
    note.hidden = false;
    if (source.readyState === EventSource.CLOSED) { disconnect(); setTimeout(connect, 10000); }
  };
  source.onmessage = event => {
    last = event.lastEventId;
    for (const change of JSON.parse(event.data).changes) take(change);
  };
  source.addEventListener('reload', event => {
    last = event.lastEventId;
    if (performance.now() - opened > 10000) location.reload();
  });
}
function disconnect() {
  source?.close();
  source = undefined;
}
if (cells.size || feeds.length || map) {
  connect();
  document.addEventListener('visibilitychange', () => document.hidden ? disconnect() : connect());
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', event => { if (event.persisted) connect(); });
}
