// add-keys.ts FILE TIMES: adds wrapping keys to a file, and prints a line after each.

import { addWrappingKey } from '@slm-audit/core/subjects'

const [file = '', times = ''] = process.argv.slice(2)
for (let time = 0; time < Number(times); time++) {
  await addWrappingKey(file)
  process.stdout.write('added\n')
}
