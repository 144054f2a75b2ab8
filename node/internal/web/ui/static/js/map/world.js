// Coasts and borders from TopoJSON (github.com/topojson/topojson-specification):
// arcs that polygons share, each a first position and then differences.

/** Reads a topology of countries: {land: rings of polygons, borders: lines}, as [latitude, longitude]. */
export function decode(topology) {
  const {scale: [kx, ky], translate: [dx, dy]} = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([ax, ay]) => [(y += ay) * ky + dy, (x += ax) * kx + dx]);
  });
  const ring = (indexes) => {
    const points = [];
    for (const i of indexes) {
      const arc = i < 0 ? arcs[~i].slice().reverse() : arcs[i];
      points.push(...(points.length ? arc.slice(1) : arc));
    }
    return points;
  };
  const land = topology.objects.land.geometries.flatMap(polygonsOf).map((polygon) => polygon.map((indexes) => unrolled(ring(indexes)))).flatMap(onBothSides);
  const uses = new Array(arcs.length).fill(0);
  for (const country of topology.objects.countries.geometries) {
    for (const i of new Set(polygonsOf(country).flat(2).map((i) => (i < 0 ? ~i : i)))) uses[i]++;
  }
  return {land, borders: arcs.filter((_, i) => uses[i] > 1)};
}

// unrolled goes on across the date line instead of back around the earth. A ring
// around a pole is closed there.
function unrolled(points) {
  let turn = 0;
  const out = points.map(([lat, lon], i) => {
    if (i) {
      const step = lon - points[i - 1][1];
      if (step > 180) turn -= 360;
      else if (step < -180) turn += 360;
    }
    return [lat, lon + turn];
  });
  if (turn) {
    const pole = points[0][0] < 0 ? -89.9 : 89.9;
    out.push([pole, out.at(-1)[1]], [pole, out[0][1]]);
  }
  return out;
}

// onBothSides repeats a polygon that reaches beyond the date line at the other edge
// of the map.
function onBothSides(polygon) {
  const longitudes = polygon[0].map(([, lon]) => lon);
  const shift = Math.max(...longitudes) > 180.01 ? -360 : Math.min(...longitudes) < -180.01 ? 360 : 0;
  return shift ? [polygon, polygon.map((r) => r.map(([lat, lon]) => [lat, lon + shift]))] : [polygon];
}

function polygonsOf(geometry) {
  if (geometry.type === 'Polygon') return [geometry.arcs];
  return geometry.type === 'MultiPolygon' ? geometry.arcs : [];
}
