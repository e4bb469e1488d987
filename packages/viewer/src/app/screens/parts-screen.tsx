import type { VNode } from 'preact'

/** Every part of the page in its states, to look at. */
export function PartsScreen(): VNode {
  return <main class="parts" />
}
