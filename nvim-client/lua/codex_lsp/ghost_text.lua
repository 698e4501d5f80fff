---@brief Accepts ghost text, also when a person typed on since the answer came.

local requests = require('codex_lsp.requests')

local M = {}

--- How the ghost text and what was typed into it since fit together: the range to replace, or nil where they do not.
---@param text string What the item inserts.
---@param line string The cursor's line.
---@param cursor_col integer
---@param start_col integer Where the item's range began.
---@param end_col integer Where it ended, when it was asked for.
---@return integer? end_col Where it ends now.
function M.end_of_range(text, line, cursor_col, start_col, end_col)
  local typed = line:sub(start_col + 1, cursor_col)
  if cursor_col < start_col or not vim.startswith(text, typed) then
    return nil
  end
  -- Of what stands after the cursor, only brackets and quotes that the text itself closes belong to the item.
  local covered = line:sub(cursor_col + 1, end_col)
  return vim.endswith(text, covered) and cursor_col + #covered or cursor_col
end

---@param item vim.lsp.inline_completion.Item
---@param buf integer
---@return boolean
local function insert(item, buf)
  local row, start_col, end_row, end_col = item.range:to_extmark()
  local cursor = vim.api.nvim_win_get_cursor(0)
  if cursor[1] - 1 ~= row or end_row ~= row then
    return false
  end
  local text = item.insert_text --[[@as string]]
  local line = vim.api.nvim_get_current_line()
  local now_end_col = M.end_of_range(text, line, cursor[2], start_col, end_col)
  if not now_end_col then
    return false
  end
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(buf, row, start_col, row, now_end_col, lines)
  local col = #lines[#lines] + (#lines == 1 and start_col or 0)
  vim.api.nvim_win_set_cursor(0, { row + #lines, col })
  local client = vim.lsp.get_client_by_id(item.client_id)
  if client and item.command then
    client:exec_cmd(item.command, { bufnr = buf })
  end
  return true
end

--- Accepts the ghost text that is shown.
---@param on_stale? fun() Called instead, later, where what was typed since does not fit it.
---@return boolean # False where none is shown.
function M.accept(on_stale)
  if not vim.lsp.inline_completion then
    return false
  end
  local buf = vim.api.nvim_get_current_buf()
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local basis = requests.basis(buf, 'textDocument/inlineCompletion')
      local unchanged = basis and basis.changedtick == vim.api.nvim_buf_get_changedtick(buf)
      if unchanged or type(item.insert_text) ~= 'string' or not item.range then
        return item
      end
      if not insert(item, buf) and on_stale then
        on_stale()
      end
    end,
  })
end

return M
