import type { VNode } from 'preact'
import { COLUMNS, shownColumns, toggleColumn } from '../state/columns.ts'
import { Menu } from './menu.tsx'

/** Which columns the rows have. */
export function Columns(): VNode {
  return (
    <Menu name="Columns">
      {COLUMNS.map(({ name }) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={shownColumns.value.includes(name)}
            onChange={() => toggleColumn(name)}
          />
          {name}
        </label>
      ))}
    </Menu>
  )
}
