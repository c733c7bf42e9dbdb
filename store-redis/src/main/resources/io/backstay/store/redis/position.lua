-- Where the table is.
--
-- Answers  'at', epoch, revision

if epoch == '' then
  -- Nobody has written yet. Where that is stays so until somebody does.
  begin(false)
end
return { 'at', epoch, text(revision) }
