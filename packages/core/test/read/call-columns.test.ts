import { fieldAt } from '@slm-audit/core/schema'
import { CALL_COLUMNS } from '@slm-audit/core/store'
import { expect, test } from 'vitest'

test('columns of the index name fields that a record has, with their kind', () => {
  const texts = ['text', 'name', 'id', 'title', 'word', 'instant']
  for (const { field, type } of Object.values(CALL_COLUMNS)) {
    const kind = fieldAt(field)?.is
    expect(kind, field).toBeDefined()
    if (type === 'TEXT') expect(texts, field).toContain(kind)
    else expect(['count', 'number', 'measure'], field).toContain(kind)
  }
  expect(fieldAt('call.modle')).toBeUndefined()
})
