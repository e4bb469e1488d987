import { Lexer, type Token, type Tokens } from 'marked'
import type { ComponentChildren, VNode } from 'preact'
import { Visible } from './visible.tsx'

/** UTF-16 code units that are read as Markdown; more is shown as it came. */
const LONGEST = 65_536
const DEEPEST = 30
const SAFE = /^(https?:|mailto:)/i

/**
 * A text as Markdown, safe by construction: tokens become elements, and no HTML is ever made of the text.
 * HTML in it is shown, links open elsewhere and name their host, images are not fetched.
 */
export function Markdown({ text }: { readonly text: string }): VNode {
  if (text.length > LONGEST) return <Plain text={text} />
  try {
    return <div class="markdown">{blocks(new Lexer({ gfm: true }).lex(text), 0)}</div>
  } catch {
    // Deep nesting overflows the lexer's stack.
    return <Plain text={text} />
  }
}

/** A text as it came. */
export function Plain({ text }: { readonly text: string }): VNode {
  return (
    <div class="plain">
      <Visible text={text} />
    </div>
  )
}

function blocks(tokens: readonly Token[], depth: number): ComponentChildren {
  if (depth > DEEPEST) return tokens.map(({ raw }) => raw).join('')
  return tokens.map((token) => block(token, depth + 1))
}

function block(token: Token, depth: number): ComponentChildren {
  switch (token.type) {
    case 'space':
      return null
    case 'heading':
      return <p class={`heading h${token.depth}`}>{inline(token.tokens ?? [], depth)}</p>
    case 'paragraph':
      return <p>{inline(token.tokens ?? [], depth)}</p>
    case 'code':
      return <Code text={token.text} language={token.lang ?? ''} />
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [], depth)}</blockquote>
    case 'hr':
      return <hr />
    case 'list':
      return <List list={token as Tokens.List} depth={depth} />
    case 'table':
      return <Table table={token as Tokens.Table} depth={depth} />
    case 'text':
      return token.tokens ? inline(token.tokens, depth) : <Visible text={token.text} />
    default:
      return <Visible text={token.raw} />
  }
}

function inline(tokens: readonly Token[], depth: number): ComponentChildren {
  if (depth > DEEPEST) return tokens.map(({ raw }) => raw).join('')
  return tokens.map((token) => piece(token, depth + 1))
}

function piece(token: Token, depth: number): ComponentChildren {
  const inside = () => inline('tokens' in token ? (token.tokens ?? []) : [], depth)
  switch (token.type) {
    case 'strong':
      return <strong>{inside()}</strong>
    case 'em':
      return <em>{inside()}</em>
    case 'del':
      return <del>{inside()}</del>
    case 'codespan':
      return (
        <code>
          <Visible text={token.text} />
        </code>
      )
    case 'br':
      return <br />
    case 'link':
      return <Link href={token.href}>{inside()}</Link>
    case 'escape':
      return <Visible text={token.text} />
    case 'text':
      return token.tokens ? inside() : <Visible text={unescaped(token)} />
    default:
      return <Visible text={token.raw} />
  }
}

/** The lexer escapes what HTML would read; nothing here is HTML. */
function unescaped(token: Token): string {
  return token.raw
}

interface LinkProps {
  readonly href: string
  readonly children: ComponentChildren
}

function Link({ href, children }: LinkProps): VNode {
  if (!SAFE.test(href)) {
    return (
      <>
        {children} (<Visible text={href} />)
      </>
    )
  }
  const host = hostOf(href)
  const ask = (event: Event): void => {
    if (!confirm(`Open ${href}?`)) event.preventDefault()
  }
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" onClick={ask}>
      {children}
      <span class="host">
        <Visible text={` ${host}`} />
      </span>
    </a>
  )
}

function hostOf(href: string): string {
  try {
    return new URL(href).host || 'mail'
  } catch {
    return href
  }
}

interface CodeProps {
  readonly text: string
  readonly language: string
}

function Code({ text, language }: CodeProps): VNode {
  return (
    <figure class="code">
      <figcaption>
        <span>{language}</span>
        <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>
          copy
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>
        <Visible text={text} />
      </pre>
    </figure>
  )
}

function List({ list, depth }: { readonly list: Tokens.List; readonly depth: number }): VNode {
  const items = list.items.map((item) => <li key={item.raw}>{blocks(item.tokens, depth)}</li>)
  return list.ordered ? <ol start={Number(list.start) || 1}>{items}</ol> : <ul>{items}</ul>
}

function Table({ table, depth }: { readonly table: Tokens.Table; readonly depth: number }): VNode {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, at) => (
              <th key={at}>{inline(cell.tokens, depth)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, place) => (
            <tr key={place}>
              {row.map((cell, at) => (
                <td key={at}>{inline(cell.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
