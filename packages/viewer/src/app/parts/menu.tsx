import type { ComponentChildren, VNode } from 'preact'

interface Props {
  readonly name: string
  /** What the button says for those who do not see it, where the name is a mark. */
  readonly label?: string
  readonly children: ComponentChildren
}

/** A button that opens a small layer; a click elsewhere and Escape close it. */
export function Menu({ name, label, children }: Props): VNode {
  const onToggle = (event: Event & { readonly currentTarget: HTMLDetailsElement }): void => {
    const menu = event.currentTarget
    if (!menu.open) return
    const gone = new AbortController()
    const close = (ended: Event): void => {
      const isInside = ended.target instanceof Node && menu.contains(ended.target)
      const isKey = ended instanceof KeyboardEvent
      if (isKey ? ended.key !== 'Escape' : isInside) return
      if (isKey) ended.stopPropagation()
      menu.open = false
      gone.abort()
    }
    const options = { signal: gone.signal, capture: true }
    document.addEventListener('pointerdown', close, options)
    document.addEventListener('keydown', close, options)
  }
  return (
    <details class="menu" onToggle={onToggle}>
      <summary aria-label={label}>{name}</summary>
      <div class="layer">{children}</div>
    </details>
  )
}
