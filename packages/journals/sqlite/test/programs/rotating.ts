// rotating.ts FILE KEYS TIMES: rotates the keys of contents, so many times.

import { rotateContentsKeyFile } from '@slm-audit/sqlite'

const [file = '', keys = '', times = ''] = process.argv.slice(2)
for (let time = 0; time < Number(times); time++) await rotateContentsKeyFile(file, keys)
