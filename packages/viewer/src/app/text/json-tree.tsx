import type { VNode } from 'preact'
import { Visible } from './visible.tsx'

/** Members that are shown before a tree is opened further. */
const FIRST_MEMBERS = 200

/** A value as a tree that opens; JSON texts inside it are opened, too. */
export function JsonTree({
  value,
  name
}: {
  readonly value: unknown
  readonly name?: string
}): VNode {
  const label = name === undefined ? null : <span class="member">{name} </span>
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="leaf">
        {label}
        <Visible text={typeof value === 'string' ? value : String(JSON.stringify(value))} />
      </div>
    )
  }
  const members = Object.entries(value)
  const count = Array.isArray(value) ? `[${members.length}]` : `{${members.length}}`
  return (
    <details open={name === undefined}>
      <summary>
        {label}
        <span class="faint">{count}</span>
      </summary>
      <div class="members">
        {members.slice(0, FIRST_MEMBERS).map(([key, member]) => (
          <JsonTree key={key} name={key} value={member} />
        ))}
        {members.length > FIRST_MEMBERS && (
          <div class="faint">{members.length - FIRST_MEMBERS} more in the raw record</div>
        )}
      </div>
    </details>
  )
}

/** A value in one line, short. */
export function inOneLine(value: unknown, length = 80): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const line = text.replace(/\s+/g, ' ')
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}
