/** Takes the place of a new case from the map: a press there fills in longitude and latitude. */

/** Listen to the map where the form of a new case is on the page. */
export function startNewCase(map) {
  const place = document.getElementById("case-place");
  if (!place) return;
  const [lon, lat] = ["longitude", "latitude"].map((name) => document.getElementById(name));
  map.on("click", (event) => {
    lon.value = event.lngLat.lng.toFixed(7);
    lat.value = event.lngLat.lat.toFixed(7);
  });
  if (lon.value && lat.value)
    map.jumpTo({ center: [Number(lon.value), Number(lat.value)], zoom: 16 });
}
