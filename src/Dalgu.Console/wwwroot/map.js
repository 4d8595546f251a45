// The city's map by MapLibre, without tiles: the layers that the page names, in the colours of its style sheet. What cannot draw it keeps the printed map.
import * as maplibre from './vendor/maplibre/maplibre-gl.mjs';

const korean = {
  'NavigationControl.ZoomIn': '확대', 'NavigationControl.ZoomOut': '축소', 'FullscreenControl.Enter': '전체 화면', 'FullscreenControl.Exit': '전체 화면 끝내기', 'Map.Title': '지도',
};
const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const largestMark = 24;
const mostMarkers = 500;
const areas = ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]];
const ways = ['in', ['geometry-type'], ['literal', ['LineString', 'MultiLineString']]];

export async function draw(frame) {
  const layers = [...frame.querySelectorAll('[data-layer]')].map(e => ({
    url: e.dataset.layer, kind: e.dataset.kind, ringed: e.dataset.ringed !== undefined, attribute: e.dataset.attribute, name: e.dataset.name, classes: JSON.parse(e.dataset.classes || '[]'),
  }));
  await Promise.all(layers.map(async layer => {
    const answer = await fetch(layer.url);
    if (!answer.ok) throw new Error(`${layer.url} answers ${answer.status}`);
    layer.data = await answer.json();
  }));
  const whole = new maplibre.LngLatBounds();
  for (const feature of layers.flatMap(l => l.data.features)) extend(whole, feature.geometry);
  if (whole.isEmpty()) return;
  // The page says what to frame first: what lies together. The rest is reached by a pointer at the edge, or by the button that shows all.
  const [west, south, east, north] = (frame.dataset.frame || '').split(',').map(Number);
  const bounds = north ? new maplibre.LngLatBounds([west, south], [east, north]) : whole;
  const legend = frame.parentElement.querySelector('.legend');
  const padding = { top: 32, right: 44, bottom: 28, left: 44 };

  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = '/vendor/maplibre/maplibre-gl.css';
  await new Promise(done => { sheet.onload = sheet.onerror = done; document.head.append(sheet); });
  const container = document.createElement('div');
  container.className = 'canvas';
  frame.append(container);
  let map;
  try {
    map = new maplibre.Map({
      container, style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': token('--water') } }] },
      bounds, fitBoundsOptions: { padding }, attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, cooperativeGestures: false,
      locale: document.documentElement.lang === 'en' ? undefined : korean, maxZoom: 18,
    });
  } catch (fault) {
    container.remove();
    throw fault;
  }
  map.scrollZoom.disable(); // the wheel moves the page; buttons, keys, double click and two fingers move the map
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-right');
  await map.once('load');
  frame.classList.add('alive');
  const points = new Map();
  layers.forEach((layer, number) => {
    if (layer.kind === 'shapes') drawShapes(map, layer, 'layer' + number);
    else if (layer.kind === 'marks') drawMarks(map, layer);
    else drawPoints(map, layer, 'layer' + number, points);
    offer(legend, layer);
  });
  offerWhole(map, frame, bounds, whole, padding);
  map.once('idle', () => { frame.dataset.drawn = ''; });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => location.reload());
  document.addEventListener('dalgu:change', event => move(event.detail, points));
}

function extend(bounds, geometry) {
  const walk = at => typeof at[0] === 'number' ? bounds.extend([at[0], at[1]]) : at.forEach(walk);
  if (geometry.geometries) geometry.geometries.forEach(g => extend(bounds, g));
  else if (geometry.coordinates?.length) walk(geometry.coordinates);
}

function middle(geometry) {
  if (geometry.type === 'Point') return geometry.coordinates;
  const box = new maplibre.LngLatBounds();
  extend(box, geometry);
  return box.getCenter();
}

// The legend shows and hides a layer.
function offer(legend, layer) {
  const entry = [...legend?.querySelectorAll('[data-of]') ?? []].find(e => e.dataset.of === layer.url);
  if (!entry || !layer.show) return;
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = true;
  box.setAttribute('aria-label', layer.name);
  box.addEventListener('change', () => layer.show(box.checked));
  entry.prepend(box);
}

function offerWhole(map, frame, bounds, whole, padding) {
  if (bounds.contains(whole.getNorthEast()) && bounds.contains(whole.getSouthWest())) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'map-whole';
  button.textContent = frame.dataset.whole;
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', () => {
    const all = button.getAttribute('aria-pressed') === 'false';
    button.setAttribute('aria-pressed', String(all));
    map.fitBounds(all ? whole : bounds, { padding, animate: !matchMedia('(prefers-reduced-motion: reduce)').matches });
  });
  frame.append(button);
}

// A mark beyond the edge is pointed to from there, and the pointer brings it in.
function pointTo(map, marks) {
  const box = map.getContainer();
  for (const mark of marks) {
    mark.pointer = document.createElement('button');
    mark.pointer.type = 'button';
    mark.pointer.className = 'map-beyond';
    mark.pointer.addEventListener('click', () => map.easeTo({ center: mark.at, animate: !matchMedia('(prefers-reduced-motion: reduce)').matches }));
    box.append(mark.pointer);
  }
  const place = () => {
    const [width, height] = [box.clientWidth, box.clientHeight];
    for (const { pointer, name, at, shown } of marks) {
      const { x, y } = map.project(at);
      pointer.hidden = !shown() || (x >= 0 && y >= 0 && x <= width && y <= height);
      if (pointer.hidden) continue;
      pointer.textContent = `${y < 0 ? '↑' : y > height ? '↓' : x < 0 ? '←' : '→'} ${name}`;
      pointer.style.left = Math.min(Math.max(x, 48), width - 48) + 'px';
      pointer.style.top = Math.min(Math.max(y, 20), height - 20) + 'px';
    }
  };
  place();
  map.on('move', place);
  map.on('resize', place);
  return place;
}

function drawShapes(map, layer, id) {
  map.addSource(id, { type: 'geojson', data: layer.data, tolerance: 0.2 });
  map.addLayer({ id: id + '-area', type: 'fill', source: id, filter: areas, paint: { 'fill-color': token('--sheet'), 'fill-opacity': 0.75 } });
  map.addLayer({ id: id + '-edge', type: 'line', source: id, filter: areas, paint: { 'line-color': token('--line-strong'), 'line-width': 1 } });
  layer.show = on => ['-area', '-edge', '-way'].forEach(part => map.setLayoutProperty(id + part, 'visibility', on ? 'visible' : 'none'));
  map.addLayer({ id: id + '-way', type: 'line', source: id, filter: ways, layout: { 'line-cap': 'round' }, paint: { 'line-color': token('--faint'), 'line-width': 2 } });
}

function drawMarks(map, layer) {
  const largest = Math.max(0, ...layer.data.features.map(f => f.properties.value ?? 0));
  const elements = [], marks = [];
  let shown = true;
  for (const { geometry, properties } of layer.data.features) {
    const at = middle(geometry);
    const radius = largest > 0 && properties.value > 0 ? Math.max(4, largestMark * Math.sqrt(properties.value / largest)) : 8;
    const disc = document.createElement('div');
    disc.className = 'map-disc';
    disc.style.width = disc.style.height = 2 * radius + 'px';
    const label = document.createElement('span');
    label.className = 'map-label';
    label.textContent = properties.name;
    new maplibre.Marker({ element: disc }).setLngLat(at).addTo(map);
    new maplibre.Marker({ element: label }).setLngLat(at).addTo(map);
    elements.push(disc, label);
    marks.push({ at, name: properties.name, shown: () => shown });
  }
  const place = pointTo(map, marks);
  layer.show = on => {
    shown = on;
    elements.forEach(e => { e.hidden = !on; });
    place();
  };
}

function classOf(layer, value) {
  if (value === undefined || value === null || !layer.classes.length) return undefined;
  return layer.classes.find(c => c.below === null || value < c.below) ?? layer.classes.at(-1);
}

function drawPoints(map, layer, id, points) {
  const features = layer.data.features;
  if (features.length > mostMarkers) {
    const colour = f => token('--' + (classOf(layer, f.properties.value)?.kind ?? 'd1'));
    for (const feature of features) feature.properties.colour = colour(feature);
    map.addSource(id, { type: 'geojson', data: layer.data });
    map.addLayer({ id, type: 'circle', source: id, paint: { 'circle-color': ['get', 'colour'], 'circle-radius': 4, 'circle-stroke-color': token('--sheet'), 'circle-stroke-width': 1 } });
    layer.show = on => map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
    map.on('click', id, event => { location.href = event.features[0].properties.href; });
    return;
  }
  const links = [];
  layer.show = on => links.forEach(link => { link.hidden = !on; });
  for (const { geometry, properties } of features) {
    const link = document.createElement('a');
    link.href = properties.href;
    link.tabIndex = -1; // the table below the map is the way for the keyboard
    link.classList.toggle('ringed', layer.ringed);
    links.push(link);
    const point = { link, layer, properties };
    dress(point);
    new maplibre.Marker({ element: link }).setLngLat(middle(geometry)).addTo(map);
    const key = properties.id + '\n' + layer.attribute;
    points.set(key, [...points.get(key) ?? [], point]);
  }
}

function dress({ link, layer, properties }) {
  const step = classOf(layer, properties.value);
  const kind = step?.kind ?? (layer.classes.length ? 'unknown' : 'plain');
  for (const old of ['good', 'warn', 'bad', 'unknown', 'plain']) link.classList.remove(old);
  link.classList.add('map-point', kind);
  link.textContent = step?.shape ?? (layer.classes.length ? '◇' : '○');
  link.title = `${properties.name} ${properties.text}${step ? ' · ' + step.label : ''}`;
  link.setAttribute('aria-label', link.title);
}

function move(change, points) {
  for (const [name, value] of Object.entries(change.attributes)) {
    for (const point of points.get(change.id + '\n' + name) ?? []) {
      point.properties.value = value.number;
      point.properties.text = `${value.text} ${value.unit ?? ''}`.trim();
      dress(point);
      point.link.classList.remove('fresh');
      void point.link.offsetWidth;
      point.link.classList.add('fresh');
    }
  }
}
