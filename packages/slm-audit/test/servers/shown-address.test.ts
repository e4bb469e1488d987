import { expect, test } from 'vitest'
import { shownAddress } from '../../src/base/log-address.ts'

test.each([
  ['postgres://ann:secret@db:5432/audit', 'postgres://ann:…@db:5432/audit'],
  ['postgres://ann:se/cret@db:5432/audit', 'postgres://…@db:5432/audit'],
  ['postgres://ann:se#c@re?t@db/audit', 'postgres://…@db/audit'],
  ['postgres://db:port/audit?password=se@cret&a=b', 'postgres://…'],
  ['postgres://ann@db:port/audit?sslPassword=secret', 'postgres://…'],
  ['postgres:///audit?host=db&password=secret', 'postgres:///audit?host=db&password=…'],
  ['postgres://ann@db/audit?application_name=50%', 'postgres://ann@db/audit?application_name=50%'],
  ['postgres://db:port/audit', 'postgres://db:port/audit']
])('%s is shown without its password', (address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})
