"""Result rows: how they are made, their schema, change since the last term, rates over several studies."""
