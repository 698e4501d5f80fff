---@brief Completion items: the popup menu shows one line of each, accepting one inserts all of it.

local options = require('codex_lsp.options')
local requests = require('codex_lsp.requests')

local M = {}

-- Our items are known by it: several servers may share one menu.
local ACCEPTED = 'codex-lsp.accepted'

--- How many bytes after the cursor the item replaces, such as a bracket that was closed automatically.
---@param buf integer
---@param range? lsp.Range
---@return integer
local function bytes_after_cursor(buf, range)
  local basis = requests.basis(buf, 'textDocument/completion')
  if not range or not basis or range['end'].line ~= basis.position.line then
    return 0
  end
  return math.max(0, range['end'].character - basis.position.character)
end

--- Puts the item's whole text in place of the one line, or one word, that the menu inserted.
---@param buf integer
---@param word string
---@param edit lsp.TextEdit
local function insert_whole(buf, word, edit)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0)) ---@type integer, integer
  local line = vim.api.nvim_get_current_line()
  -- Neovim 0.10 inserts the whole text as one line, with a NUL for each line end.
  local inserted = word:gsub('\n', '\0')
  if not vim.endswith(line:sub(1, col), inserted) then
    return
  end
  local end_col = math.min(#line, col + bytes_after_cursor(buf, edit.range))
  local lines = vim.split(edit.newText, '\n', { plain = true })
  vim.api.nvim_buf_set_text(buf, row - 1, col - #inserted, row - 1, end_col, lines)
  local last_col = #lines[#lines] + (#lines == 1 and col - #inserted or 0)
  vim.api.nvim_win_set_cursor(0, { row - 1 + #lines, last_col })
end

---@param client vim.lsp.Client
---@param buf integer
local function on_complete_done(client, buf)
  local chosen = vim.v.completed_item
  local item = vim.tbl_get(chosen, 'user_data', 'nvim', 'lsp', 'completion_item')
  local is_ours = vim.tbl_get(item or {}, 'command', 'command') == ACCEPTED
  -- Neovim 0.10 gives no reason; there, a menu that was left has no chosen item.
  if not is_ours or not vim.tbl_contains({ 'accept', '' }, vim.v.event.reason or '') then
    return
  end
  if item.textEdit then
    insert_whole(buf, chosen.word, item.textEdit)
  end
  if not vim.lsp.completion then
    client.request('workspace/executeCommand', item.command, function() end, buf)
  elseif client.server_capabilities.completionProvider.resolveProvider then
    -- Neovim resolves an item before it runs its command, and runs none where the text has changed since, as above.
    client:request('workspace/executeCommand', item.command, function() end, buf)
  end
end

---@param client vim.lsp.Client
---@param buf integer
function M.enable(client, buf)
  if not client.server_capabilities.completionProvider then
    return
  end
  if vim.lsp.completion then
    vim.lsp.completion.enable(true, client.id, buf, { autotrigger = options.get().autotrigger })
  end
  local group = vim.api.nvim_create_augroup('codex_lsp.menu.' .. buf, {})
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = group,
    buffer = buf,
    desc = 'Insert all lines of an item of codex-lsp',
    callback = function()
      on_complete_done(client, buf)
    end,
  })
end

return M
