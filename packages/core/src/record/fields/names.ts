import { withoutKeysIn } from './keys.ts'
import { PATH_PARTS } from './vocabulary.ts'

const NAME = /^[\w@$*.<[-][\w.:/@+$*#~<>[\]|-]{0,127}$/
const LABEL = /^[\w.:/+-]{1,64}(: [\w.:/+-]{1,64})?$/
const ID = /^[\w@.][\w.:/=+@~|#!$-]{0,255}$/
const TITLE = /^[\w@.(][\w.:/@+#~()[\]-]*( [\w.:/@+#~()[\]-]+)*$/
const MOST_OF_A_TITLE = 200
/** An address of a person, also within other characters. */
const PERSON = /[^\s@/:]@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}\b/
/** A telephone number, and the social security number of a person. */
const NUMBER = /^\+\d[\d ().-]{5,}$|^\(?\d{3,4}\)?[- ]\d{2,4}[- ]\d{3,5}$/
/** Of a file system, which knows who is at home there. */
const FILE_PATH = /^(\/|~|\.{1,2}[/\\]|[A-Za-z]:[/\\]|\\\\|file:)|[/\\](home|Users)[/\\]|\\/

/** Whether a text is an identifier that code or a server gave to a thing. */
export function isName(text: string): boolean {
  return NAME.test(text) && isNobody(text) && !FILE_PATH.test(text) && !text.includes('://')
}

/** Whether a text names a class of a classifier. */
export function isLabel(text: string): boolean {
  return LABEL.test(text) && isNobody(text)
}

/** Whether a text is an opaque identifier that a server gave. */
export function isId(text: string): boolean {
  return ID.test(text) && !PERSON.test(text) && withoutKeysIn(text) === text
}

/** Of the name of a model or a file what may stand in a header: of a path the last part; `undefined` for none. */
export function titleOf(text: string): string | undefined {
  const last = FILE_PATH.test(text)
    ? (text.split(/[/\\]/).findLast((part) => part !== '') ?? '')
    : text
  const address = /^[a-z][a-z0-9+.-]*:\/\//.test(last) ? last.replace(/[?#].*$/, '') : last
  const isTitle = address.length <= MOST_OF_A_TITLE && TITLE.test(address) && isNobody(address)
  return isTitle ? address : undefined
}

/**
 * A path of an address with `*` in place of the parts that are not of a known interface: such a part may name
 * a person, an account or a key. `model` is known from elsewhere and stays.
 */
export function pathOf(path: string, model: string | undefined): string {
  const names = new Set((model ?? '').split('/'))
  const parts = path.split('/').map((part) => (isKnownPart(part, names) ? part : '*'))
  return parts.join('/').slice(0, 1_000)
}

/** `gemini-2.5-flash:generateContent` is a model and what is asked of it. */
function isKnownPart(part: string, names: ReadonlySet<string>): boolean {
  const plain = part.includes('%') ? unescaped(part) : part
  if (plain === '' || names.has(plain)) return true
  if (PATH_PARTS.has(plain.toLowerCase()) || /^\d{1,3}$/.test(plain)) return true
  const cut = plain.lastIndexOf(':')
  if (cut < 0) return false
  const [before, after] = [plain.slice(0, cut), plain.slice(cut + 1)]
  return names.has(before) && PATH_PARTS.has(after.toLowerCase())
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function isNobody(text: string): boolean {
  return !PERSON.test(text) && !NUMBER.test(text) && withoutKeysIn(text) === text
}

/** A part of a JSON Pointer that is a member's name; of a name that may be a person's, `*`. */
export function pointerPart(name: string): string {
  return /^[\w.-]{0,80}$/.test(name) && isNobody(name) ? name : '*'
}
