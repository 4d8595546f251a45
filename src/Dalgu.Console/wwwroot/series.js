// A line that goes on while one looks: seeded with what the page printed, moved by the feed.

const most = 2000;

export async function draw() {
  await Promise.all([add('link', { rel: 'stylesheet', href: '/vendor/uplot/uPlot.min.css' }), add('script', { src: '/vendor/uplot/uPlot.iife.min.js' })]);
  for (const frame of document.querySelectorAll('[data-live-chart]')) start(frame);
}

function add(tag, properties) {
  return new Promise((done, failed) => document.head.append(Object.assign(document.createElement(tag), properties, { onload: done, onerror: failed })));
}

function start(frame) {
  const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const { entity, attribute, unit } = frame.dataset;
  const points = JSON.parse(frame.dataset.points);
  frame.hidden = false;
  const data = [points.map(p => p[0]), points.map(p => p[1])];
  const place = frame.querySelector('[data-place]');
  const axis = { stroke: token('--soft'), grid: { stroke: token('--line'), width: 1 }, ticks: { stroke: token('--line'), width: 1 }, font: '11px ' + getComputedStyle(document.body).fontFamily };
  const clock = (seconds, parts) => new Intl.DateTimeFormat('ko', { timeZone: 'Asia/Seoul', hour12: false, ...parts }).format(new Date(seconds * 1000));
  const plot = new uPlot({
    width: place.clientWidth, height: 200, legend: { show: false }, cursor: { drag: { x: false, y: false } }, padding: [8, 16, 0, 0],
    scales: { x: { time: true } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(t => clock(t, { hour: '2-digit', minute: '2-digit', second: '2-digit' })), space: 90 },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(t => t.toLocaleString('en')) },
    ],
    series: [{}, { stroke: token('--d1'), width: 2, points: { show: points.length < 60, size: 5, fill: token('--d1') }, label: unit }],
  }, data, place);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 200 })).observe(place);
  document.addEventListener('dalgu:change', ({ detail }) => {
    const value = detail.id === entity ? detail.attributes[attribute] : undefined;
    if (value?.number === undefined) return;
    data[0].push(Date.parse(detail.recorded) / 1000);
    data[1].push(value.number);
    if (data[0].length > most) data.forEach(column => column.shift());
    plot.setData(data);
  });
}
