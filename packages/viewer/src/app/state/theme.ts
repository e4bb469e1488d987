import { signal } from '@preact/signals'

const KEY = 'slm-audit theme'
type Theme = 'system' | 'light' | 'dark'
const THEMES: readonly Theme[] = ['system', 'light', 'dark']

/** The colour scheme that the reader has chosen. */
export const theme = signal<Theme>(read())
show(theme.value)

/** Goes to the next scheme, and remembers it. */
export function nextTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  theme.value = next
  show(next)
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Storage may be off; the choice then holds for this page.
  }
}

function show(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen
}

function read(): Theme {
  try {
    return THEMES.find((each) => each === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}
