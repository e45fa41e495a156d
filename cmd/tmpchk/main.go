package main
import ("fmt";"os";"time";"context";"sort";"strconv";"github.com/karvan/karvan/study";"github.com/karvan/karvan")
func main(){ in,f,err:=study.Load(os.Args[1]); for _,x:=range f{fmt.Println(x)}; if in==nil {fmt.Println(err);return}
m,_:=karvan.New(in); y,_:=strconv.Atoi(os.Args[3])
t:=time.Now(); o,err:=m.Run(context.Background(),os.Args[2],y,karvan.Options{}); fmt.Println(time.Since(t),err); if o==nil{return}
t=time.Now(); m.Run(context.Background(),os.Args[2],y,karvan.Options{}); fmt.Println("again",time.Since(t))
fmt.Println(o.Converged,o.Note,len(o.OD),len(o.Routes),len(o.Links),"unserved",len(o.Unserved))
for i,l:=range o.Trace{ if i%5==0||i==len(o.Trace)-1 {fmt.Printf("%d %.2e\n",l.Number,l.Residual)}}
for _,i:=range o.Indicator{fmt.Printf("%s %.4g %s\n",i.ID,i.Value,i.Unit)}
T:=o.Terminals; sort.SliceStable(T,func(i,j int)bool{return T[i].LoadRatio>T[j].LoadRatio})
for i:=0;i<12&&i<len(T);i++{fmt.Printf("%s %s %.3g/%.3g %.2f d=%.1f\n",T[i].Kind,T[i].Key,T[i].FlowTPerYr,T[i].CapacityTPerYr,T[i].LoadRatio,T[i].DelayH)}
L:=o.Loads; sort.SliceStable(L,func(i,j int)bool{return L[i].LoadRatio>L[j].LoadRatio})
for i:=0;i<16;i++{fmt.Printf("%s %d %.3g/%.3g %.2f\n",o.Net.Links[L[i].Link].Key,L[i].Direction,L[i].FlowTPerYr,L[i].CapacityTPerYr,L[i].LoadRatio)}
}
