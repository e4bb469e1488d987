import type { AuditRecord } from '../../record/record.ts'

/** Whether a call was made with a setting of this value; one that a provider nests counts, too. */
export function hasSetting(
  { call }: Pick<AuditRecord, 'call'>,
  name: string,
  value: string
): boolean {
  return valuesOf(call?.settings, nameOf(name)).some((found) => isSame(found, value))
}

function valuesOf(settings: unknown, name: string): unknown[] {
  if (typeof settings !== 'object' || settings === null) return []
  return Object.entries(settings).flatMap(([key, value]) =>
    nameOf(key) === name ? [value] : valuesOf(value, name)
  )
}

/** `topP`, `top_p` and `top-p` are one name. */
function nameOf(text: string): string {
  return text.toLowerCase().replace(/[_-]/g, '')
}

function isSame(found: unknown, value: string): boolean {
  return typeof found === 'number'
    ? value.trim() !== '' && found === Number(value)
    : String(found) === value
}
