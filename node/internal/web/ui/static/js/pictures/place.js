// Where a person was in a timeline, kept in the browser's history: going back to
// the page, or loading it again, shows the same pictures.

export function remember(timeline) {
  history.scrollRestoration = 'manual';
  const keep = () => {
    if (document.body.classList.contains('has-viewer')) return; // its entry is another one
    try {
      history.replaceState({...history.state, place: timeline.here()}, '');
    } catch {
      // A browser that counts too many changes forgets this one.
    }
  };
  timeline.addEventListener('rest', keep);
  addEventListener('pagehide', keep);
}

export async function returnTo(timeline) {
  const place = history.state?.place;
  if (place) await timeline.back(place);
}
