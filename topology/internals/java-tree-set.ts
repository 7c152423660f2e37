interface Entry<T> {
  readonly value: T
  left: Entry<T> | undefined
  right: Entry<T> | undefined
  parent: Entry<T> | undefined
  red: boolean
}

/**
 * `java.util.TreeSet`: a red-black tree that compares only when a value is added. `describe()` shows it: what its nodes are
 * compared by changes after they were added, so the shape of the tree decides where later ones go, and no sort would do.
 */
export class JavaTreeSet<T> implements Iterable<T> {
  readonly #compare: (a: T, b: T) => number
  #root: Entry<T> | undefined

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  /** Adds a value unless one that compares equal is met on the way down. */
  add(value: T): void {
    let parent: Entry<T> | undefined
    let at = this.#root
    let order = 0
    while (at !== undefined) {
      parent = at
      order = this.#compare(value, at.value)
      if (order === 0) return
      at = order < 0 ? at.left : at.right
    }
    const entry: Entry<T> = { value, left: undefined, right: undefined, parent, red: true }
    if (parent === undefined) this.#root = entry
    else if (order < 0) parent.left = entry
    else parent.right = entry
    this.#rebalance(entry)
  }

  #rebalance(added: Entry<T>): void {
    let at = added
    while (at.parent?.red) {
      const parent: Entry<T> = at.parent
      const grand = parent.parent
      if (grand === undefined) break
      const parentIsLeft = parent === grand.left
      const uncle = parentIsLeft ? grand.right : grand.left
      if (uncle?.red) {
        parent.red = false
        uncle.red = false
        grand.red = true
        at = grand
        continue
      }
      const isInner = at === (parentIsLeft ? parent.right : parent.left)
      if (isInner) {
        at = parent
        this.#rotate(at, parentIsLeft)
      }
      if (at.parent !== undefined) at.parent.red = false
      grand.red = true
      this.#rotate(grand, !parentIsLeft)
    }
    if (this.#root !== undefined) this.#root.red = false
  }

  /** Turns the edge to the right child (`toLeft`) or the left child, so that the child comes above. */
  #rotate(entry: Entry<T>, toLeft: boolean): void {
    const child = toLeft ? entry.right : entry.left
    if (child === undefined) return
    const inner = toLeft ? child.left : child.right
    if (toLeft) entry.right = inner
    else entry.left = inner
    if (inner !== undefined) inner.parent = entry
    child.parent = entry.parent
    if (entry.parent === undefined) this.#root = child
    else if (entry.parent.left === entry) entry.parent.left = child
    else entry.parent.right = child
    if (toLeft) child.left = entry
    else child.right = entry
    entry.parent = child
  }

  *[Symbol.iterator](): Iterator<T> {
    const stack: Entry<T>[] = []
    let at = this.#root
    while (at !== undefined || stack.length > 0) {
      for (; at !== undefined; at = at.left) stack.push(at)
      const next = stack.pop()
      if (next === undefined) return
      yield next.value
      at = next.right
    }
  }
}
