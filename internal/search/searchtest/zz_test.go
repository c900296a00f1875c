package searchtest
import "testing"
func TestZZ(t *testing.T){ p:=newPair(&broken{Oracle:NewOracle(Vocabulary())}); if err:=p.changes(newWorld(3),50);err!=nil{t.Fatal(err)}; t.Log(len(p.oracle.listings)) }
