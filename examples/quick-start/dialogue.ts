const INDENT = ' '.repeat(13)
const WIDEST = 100

/** Columns that a line of the dialogue may take. */
const width = Math.min(WIDEST, Number(process.env.COLUMNS) || process.stdout.columns || WIDEST)

let column = 0
let word = ''

/** Begins a turn: what the customer says, and room for the answer. */
export function ask(question: string): void {
  begin('customer')
  write(`${question}\n`)
  begin('assistant')
}

/** Writes the next piece of what is said as it comes; lines break between words, below where they began. */
export function write(piece: string): void {
  for (const character of piece) {
    if (character !== ' ' && character !== '\n') word += character
    else {
      writeWord()
      if (character === '\n') endLine()
      else if (column > INDENT.length) put(' ')
    }
  }
}

function begin(speaker: string): void {
  put(`  ${speaker.padEnd(INDENT.length - 2)}`)
}

function writeWord(): void {
  if (column + word.length > width && column > INDENT.length) {
    endLine()
    put(INDENT)
  }
  put(word)
  word = ''
}

function endLine(): void {
  process.stdout.write('\n')
  column = 0
}

function put(text: string): void {
  process.stdout.write(text)
  column += text.length
}
