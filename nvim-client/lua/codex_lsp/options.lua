---@brief What a person may set in setup(), and the only home of its defaults.

local M = {}

---@class codex_lsp.Keys
---@field accept? string|false Accept the ghost text, or do what the key does otherwise.
---@field next? string|false Show the next candidate.
---@field previous? string|false Show the previous candidate.

---@class codex_lsp.Options
---@field cmd? string[] The command that starts the server.
---@field settings? table The server's settings, as a tree or with dotted names.
---@field trusted? boolean|string[] Whether workspaces are trusted; or the folders in which they are.
---@field filetypes? string[] Only these; without it, every file type.
---@field root_markers? string[] What marks the root of a workspace.
---@field ghost_text? boolean Show ghost text (Neovim >= 0.12).
---@field autotrigger? boolean Open the completion menu at the server's trigger characters (Neovim >= 0.11).
---@field keys? codex_lsp.Keys

---@type codex_lsp.Options
M.defaults = {
  cmd = { 'codex-lsp', 'serve' },
  settings = {},
  trusted = false,
  filetypes = nil,
  root_markers = { '.git', '.hg', 'pyproject.toml', 'package.json' },
  ghost_text = true,
  autotrigger = false,
  keys = { accept = '<Tab>', next = '<M-]>', previous = '<M-[>' },
}

-- The popup menu is opened by hand here (CTRL-X CTRL-O), so its items never stand in the way of the ghost text.
local PLUGIN_SETTINGS = { completion = { menu = 'always' } }

local TYPES = {
  cmd = { 'table' },
  settings = { 'table' },
  trusted = { 'boolean', 'table' },
  filetypes = { 'table' },
  root_markers = { 'table' },
  ghost_text = { 'boolean' },
  autotrigger = { 'boolean' },
  keys = { 'table' },
}

local current ---@type codex_lsp.Options?

---@param problem string
local function complain(problem)
  vim.notify('codex-lsp: ' .. problem .. '; see :help codex-lsp-options', vim.log.levels.WARN)
end

--- Leaves out, and names, what is unknown or of the wrong type; the rest applies.
---@param user table
---@return codex_lsp.Options
local function checked(user)
  local taken = {}
  for name, value in pairs(user) do
    local types = TYPES[name]
    if not types then
      complain(('unknown option `%s`'):format(name))
    elseif not vim.tbl_contains(types, type(value)) then
      complain(('option `%s`: expected %s, got %s'):format(name, table.concat(types, ' or '), type(value)))
    else
      taken[name] = value
    end
  end
  return taken
end

--- Puts `user` over g:codex_lsp, and both over the defaults.
---@param user codex_lsp.Options
function M.set(user)
  local global = type(vim.g.codex_lsp) == 'table' and vim.g.codex_lsp or {}
  current = vim.tbl_deep_extend('force', M.defaults, checked(global), checked(user))
end

---@return codex_lsp.Options
function M.get()
  if not current then
    M.set({})
  end
  return current --[[@as codex_lsp.Options]]
end

--- Dotted names as a tree: `{ ['completion.n'] = 2 }` becomes `{ completion = { n = 2 } }`.
---@param settings table
---@return table
local function as_tree(settings)
  local tree = {}
  for name, value in pairs(settings) do
    local branch = type(value) == 'table' and not vim.islist(value) and as_tree(value) or value
    local path = vim.split(name, '.', { plain = true })
    for index = #path, 1, -1 do
      branch = { [path[index]] = branch }
    end
    tree = vim.tbl_deep_extend('force', tree, branch)
  end
  return tree
end

--- The tree of settings that the server is sent.
---@param settings table
---@return table
function M.settings_tree(settings)
  return vim.tbl_deep_extend('force', PLUGIN_SETTINGS, as_tree(settings))
end

---@param path string
---@return string
local function real(path)
  return vim.uv.fs_realpath(vim.fs.normalize(path)) or vim.fs.normalize(path)
end

--- Whether code of the workspace at `root` may be run and read.
---@param root? string
---@return boolean
function M.is_trusted(root)
  local trusted = M.get().trusted
  if type(trusted) ~= 'table' then
    return trusted == true
  end
  for _, folder in ipairs(root and trusted or {}) do
    local inside = real(root --[[@as string]])
    if inside == real(folder) or vim.startswith(inside, real(folder):gsub('/$', '') .. '/') then
      return true
    end
  end
  return false
end

return M
