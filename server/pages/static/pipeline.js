// Without this script the form asks with its button. With it the answer follows the slider: the
// server draws the page anew and the part that changes is put in the place of the old one.
const form = document.getElementById('throughput-form')
const slider = document.getElementById('throughput')
const verdict = document.getElementById('verdict')
let asked = null

async function show(address) {
  asked?.abort()
  asked = new AbortController()
  try {
    const answer = await fetch(address, { signal: asked.signal })
    if (!answer.ok) throw new Error(answer.statusText)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const at = [...document.querySelectorAll('#profile .scroll')].map((e) => e.scrollLeft)
    document.getElementById('profile').replaceWith(page.getElementById('profile'))
    document.querySelectorAll('#profile .scroll').forEach((e, i) => (e.scrollLeft = at[i] ?? 0))
    verdict.textContent = page.getElementById('verdict').textContent
    history.replaceState(null, '', address)
  } catch (e) {
    if (e.name !== 'AbortError') verdict.textContent = verdict.dataset.failed
  }
}

slider.addEventListener('input', () => {
  const query = new URLSearchParams(new FormData(form))
  show(`${location.pathname}?${query}`)
})
// Another step has another capacity, and the slider another end.
document.getElementById('step').addEventListener('change', (e) => {
  location.search = `?${new URLSearchParams({ step: e.target.value })}`
})
