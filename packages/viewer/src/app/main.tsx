import { render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './state/keys.ts'
import { startRouter } from './state/route.ts'

startRouter()
listenToKeys()
const root = document.getElementById('app')
if (root) {
  root.textContent = ''
  render(<App />, root)
}
